// A live measurement as a person sees it: the whole program in a terminal of its own, in real time, preview on, own
// server. Prints one JSON line: share of one core (all processes), memory of the program, dropped frames. Linux only,
// because it reads /proc.
//
//   node bench/live.mjs clip.mp4 [seconds]
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";

const TICKS_PER_S = 100;
const SAMPLE_MS = 500;
/** Start and end are no part of the steady state. */
const EDGE_S = 4;

const [clip, seconds = "30"] = process.argv.slice(2);
const program = fileURLToPath(new URL("../bin/dfxterm.js", import.meta.url));
const home = mkdtempSync(join(tmpdir(), "dfxterm-bench-"));
const env = { PATH: process.env.PATH, HOME: home, LANG: "C.UTF-8", TERM: "xterm-256color", DFXTERM_STATE_DIR: home };
const size = { cols: 120, rows: 40 };
// Longer measurements are streams.
const words = [
  "measure",
  clip,
  "--live",
  "--videolength",
  seconds,
  "--chunklength",
  "5",
  "--measurement-mode",
  "streaming",
];
const pty = spawn(process.execPath, [program, ...words], { ...size, env, name: "xterm-256color" });
// A terminal that answers, so that the preview is paced by what arrives.
const terminal = new xterm.Terminal({ ...size, allowProposedApi: true });
pty.onData((data) => terminal.write(data));
terminal.onData((data) => pty.write(data));

const samples = [];
const startMs = performance.now();
const timer = setInterval(() => {
  const sample = sampleOf(pty.pid);
  const atS = (performance.now() - startMs) / 1000;
  // The final screen stays until a key is pressed.
  if (summaryPath() !== undefined) pty.write("q");
  else if (sample) samples.push({ atS, ...sample });
  if (atS > 3 * Number(seconds) + 30) pty.kill("SIGKILL");
}, SAMPLE_MS);
const { exitCode } = await new Promise((resolve) => pty.onExit(resolve));
clearInterval(timer);
try {
  if (exitCode !== 0) throw new Error(`dfxterm ended with status ${exitCode}: ${lastLines()}`);
  process.stdout.write(`${JSON.stringify(figures())}\n`);
} finally {
  rmSync(home, { recursive: true, force: true });
}

function figures() {
  const steady = samples.filter(({ atS, childCount }) => atS >= EDGE_S && childCount > 0);
  const [first, last] = [steady[0], steady.at(-1)];
  const cpuShare = (last.cpuTicks - first.cpuTicks) / TICKS_PER_S / (last.atS - first.atS);
  const rssMb = Math.max(...samples.map((sample) => sample.rssMb));
  const { frames } = JSON.parse(readFileSync(summaryPath(), "utf8"));
  return { cpuShare, rssMb, rssEndMb: last.rssMb, frames, seconds: last.atS - first.atS };
}

/** CPU of the program and the programs that it started, memory of the program alone. */
function sampleOf(pid) {
  try {
    const children = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && parentOf(name) === pid);
    const cpuTicks = [String(pid), ...children].reduce((sum, each) => sum + ticksOf(each), 0);
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return { cpuTicks, childCount: children.length, rssMb: Number(/VmRSS:\s*(\d+)/.exec(status)?.[1]) / 1024 };
  } catch {
    // It has just ended.
    return undefined;
  }
}

/** Fields of /proc/PID/stat behind the name, which may hold anything: 0 state, 1 parent, 11 user, 12 system ticks. */
function statOf(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

function parentOf(pid) {
  try {
    return Number(statOf(pid)[1]);
  } catch {
    return undefined;
  }
}

function ticksOf(pid) {
  const fields = statOf(pid);
  return Number(fields[11]) + Number(fields[12]);
}

function summaryPath() {
  const name = readdirSync(home, { recursive: true }).find((path) => path.endsWith("summary.json"));
  return name && join(home, name);
}

function lastLines() {
  const { active } = terminal.buffer;
  const lines = Array.from({ length: active.length }, (_, row) => active.getLine(row)?.translateToString(true) ?? "");
  return lines.filter(Boolean).slice(-3).join(" / ");
}
