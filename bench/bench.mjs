// `npm run bench`: the figures of speed that the project claims, as ratios measured in one run.
//
//   npm run bench [-- --runs 5] [-- --clip file.mp4] [-- --live 30]
//
// Each command runs as a process of its own, in turn with the others (A B C, A B C, ...), so that a machine whose
// speed drifts does it to all of them; medians are shown. CPU is user + system of the process and its children.
import { execFile, spawnSync } from "node:child_process";
import { existsSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { resolveFfmpeg } from "../dist/source/ffmpeg-binary.js";
import { probeFile } from "../dist/source/probe.js";

const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "3" },
    clip: { type: "string" },
    // Seconds of the live measurement; 0 leaves it out.
    live: { type: "string", default: "30" },
  },
});
const ffmpeg = await resolveFfmpeg({ env: process.env });
const clip = values.clip ?? (await drawnClip());
const probe = await probeFile(ffmpeg, clip, { maxS: 120 });
const { widthPx, heightPx } = probe.format;
const frames = probe.timesS.length;

const commands = {
  decode: [ffmpeg.path, "-v", "error", "-threads", "1", "-i", clip, "-f", "null", "-"],
  dfxterm: [process.execPath, join(here, "extract.mjs"), clip],
  plain: [process.execPath, join(here, "plain.mjs"), clip, String(widthPx), String(heightPx)],
};

const measured = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
for (let run = -1; run < Number(values.runs); run += 1) {
  for (const [name, command] of Object.entries(commands)) {
    const result = await timed(command);
    // The first round only warms the caches.
    if (run >= 0) measured[name].push(result);
  }
}
const stages = { own: await told("stage-times.mjs", clip) };
for (const isa of ["avx2", "baseline"]) stages[isa] = await told("stage-times.mjs", clip, { DFXTERM_ISA: isa });
const live = values.live === "0" ? undefined : await told("live.mjs", clip, {}, values.live);
print();

/** The JSON line that one of the programs beside this one ends with. */
async function told(script, path, env = {}, ...words) {
  const args = [join(here, script), path, ...words];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...env } });
  return JSON.parse(stdout.trim().split("\n").at(-1));
}

/**
 * 1000 frames of 720p with a face (33 s, about the usual length of a measurement), drawn once and kept in the temporary folder. Noise and coding as of a camera, about
 * 5 Mbit/s: a clean drawing decodes three times as fast, and every ratio to decoding would look worse.
 */
async function drawnClip() {
  const path = join(tmpdir(), "dfxterm-bench-720p-1000.mp4");
  if (existsSync(path)) return path;
  process.stderr.write("drawing a clip of 1280x720, which takes about two minutes\n");
  const { makeClip } = await import("../fixtures/make.mjs");
  // Under another name until it is whole.
  const draft = `${path}.${process.pid}.mp4`;
  await makeClip({ out: draft, hrBpm: 72, seconds: 1000 / 30, width: 1280, height: 720, noiseSd: 2, crf: 8 });
  renameSync(draft, path);
  rmSync(draft.replace(/\.mp4$/, ".json"));
  return path;
}

async function timed([program, ...args]) {
  const script = 'TIMEFORMAT="%R %U %S"; time "$@"';
  const run = spawnSync("bash", ["-c", script, "bash", program, ...args], { encoding: "utf8", maxBuffer: 1 << 24 });
  if (run.status !== 0) throw new Error(`${program} failed: ${run.stderr}`);
  const [wallS, userS, systemS] = run.stderr.trim().split("\n").at(-1).split(" ").map(Number);
  const line = run.stdout.trim().split("\n").at(-1);
  return { wallS, cpuS: userS + systemS, said: line?.startsWith("{") ? JSON.parse(line) : {} };
}

function median(name, key) {
  const sorted = measured[name].map((result) => result[key]).sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

function print() {
  const ratio = (name, key) => (median(name, key) / median("decode", key)).toFixed(2);
  const perThousand = (name) => ((median(name, "cpuS") / frames) * 1000).toFixed(2);
  const { rssMb } = measured.dfxterm[0].said;
  process.stdout.write(`${frames} frames of ${widthPx}x${heightPx}, ${values.runs} runs, ${stages.own.isa}\n\n`);
  row("what", "measured", "target");
  row("---", "---", "---");
  row("decode + track + extract, wall / decode only", ratio("dfxterm", "wallS"), "<= 1.35");
  row("the same against real time", `${(frames / probe.rateHz / median("dfxterm", "wallS")).toFixed(1)} x`, ">= 8 x");
  row("CPU, both processes / decode only", ratio("dfxterm", "cpuS"), "<= 1.9");
  row("CPU s per 1000 frames (decode only)", `${perThousand("dfxterm")} (${perThousand("decode")})`, "");
  row("plain pipeline, wall / decode only", ratio("plain", "wallS"), "");
  row("plain pipeline, CPU / decode only", ratio("plain", "cpuS"), "");
  const { own, avx2, baseline } = stages;
  row("tracking, median (p95) ms", text(own.track), "<= 1.8");
  row("extraction, median (p95) ms", text(own.extract), "<= 0.35");
  row("preview picture, median (p95) ms", text(own.preview), "<= 0.5");
  row("tracking, avx2 / baseline ms", `${text(avx2.track)} / ${text(baseline.track)}`, "<= 1.8 (avx2)");
  row("extraction, avx2 / baseline ms", `${text(avx2.extract)} / ${text(baseline.extract)}`, "<= 0.35");
  row("memory of the process without screen", `${rssMb.toFixed(0)} MB`, "<= 220 MB");
  if (live === undefined) return;
  const { cpuShare, frames: counts } = live;
  row("live in a terminal, all processes", `${(100 * cpuShare).toFixed(0)} % of a core`, "<= 30 %");
  row("live, frames dropped", `${counts.dropped} of ${counts.dropped + counts.read}`, "0");
  row(
    "live, memory with screen and server, most (end)",
    `${live.rssMb.toFixed(0)} (${live.rssEndMb.toFixed(0)}) MB`,
    "<= 220 MB",
  );
}

function text({ medianMs, p95Ms }) {
  return `${medianMs.toFixed(2)} (${p95Ms.toFixed(2)})`;
}

function row(label, value, target) {
  process.stdout.write(`| ${label} | ${value} | ${target} |\n`);
}
