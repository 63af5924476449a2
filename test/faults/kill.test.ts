import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, describe, expect, test } from "vitest";

import { DEFAULT_STUDY, storePath } from "../../src/app/server-defaults.js";
import { resolveFfmpeg } from "../../src/source/ffmpeg-binary.js";
import { clip, type Finished, freshFolder, summaryOf } from "../helpers/program.js";
import { isLong, longTest, outcomeOf, Scene, seeded, undisturbed, until } from "./scene.js";
import { Served, sleep, storedPayloads } from "./served.js";

// `kill -9` at random moments of a measurement, and of what goes on with it.

const CHUNKS = isLong ? 4 : 2;
const ARGS = [clip, "--chunklength", "5", "--videolength", String(CHUNKS * 5)];

interface Killed {
  readonly first: Finished;
  readonly resumed: Finished;
  readonly story: string;
}

/** Starts a measurement, kills it after that time, goes on with it, and kills that `rekills` times too. */
async function killed(scene: Scene, args: readonly string[], afterMs: number, rekills: number): Promise<Killed> {
  const { child, finished } = scene.measure(args);
  await until(() => scene.folder !== undefined && existsSync(join(scene.folder, "manifest.json")));
  await sleep(afterMs);
  child.kill("SIGKILL");
  const first = await finished;
  for (let kill = 0; kill < rekills && first.status !== 0; kill += 1) {
    const again = scene.startResume();
    await sleep(400 + afterMs / 2);
    again.child.kill("SIGKILL");
    await again.finished;
  }
  const resumed = await scene.resume();
  return { first, resumed, story: `killed after ${afterMs.toFixed(0)} ms, resumed: ${resumed.stderr}` };
}

type Place = "a server behind a proxy" | "the local server" | "a dfxterm serve";

interface Kill {
  readonly place: Place;
  readonly version: readonly string[];
  /** Share of the measurement's time. */
  readonly when: number;
  readonly rekills: number;
}

/** Every version of the protocol with every way for chunks. Version 2 has no numbers on those that go by REST. */
const VERSIONS = ["v1", "v2"].flatMap((api) =>
  ["REST", "websocket"].map((method) => ["--api", api, "--send-method", method]),
);
/** The proxy understands version 1. */
const PROXIED = VERSIONS.filter(([, api]) => api === "v1");

const random = seeded(6);

function kills(count: number, place: Place, versions: readonly (readonly string[])[]): Kill[] {
  return Array.from({ length: count }, (_, kill) => ({
    place,
    version: versions[kill % versions.length] ?? [],
    when: random(),
    rekills: Math.floor(kill / versions.length) % 3 === 2 ? 2 : 0,
  }));
}

const KILLS = isLong
  ? [
      ...kills(20, "a server behind a proxy", PROXIED),
      ...kills(20, "the local server", VERSIONS),
      ...kills(20, "a dfxterm serve", VERSIONS),
    ]
  : kills(1, "the local server", VERSIONS);

describe("killed at random moments, a measurement that is resumed ends as if nothing had been", () => {
  const expected = undisturbed(() => ARGS);
  const serveDb = join(freshFolder("serve"), "serve.db");
  let served: Served | undefined;
  afterAll(() => served?.end("SIGTERM"));

  const sceneAt = async (place: Place): Promise<Scene> => {
    if (place === "a server behind a proxy") return await Scene.set();
    if (place === "the local server") return await Scene.at(["--server", "local"]);
    served ??= await Served.start(serveDb);
    return await Scene.at(["--rest-url", served.restUrl, "--ws-url", served.wsUrl, "--study-id", DEFAULT_STUDY.id]);
  };

  KILLS.forEach(({ place, version, when, rekills }, kill) => {
    const again = rekills > 0 ? `, and ${rekills} times more` : "";
    test(`kill ${kill + 1}${again}: ${place}, ${version.join(" ")}`, async () => {
      const whole = await expected();
      const scene = await sceneAt(place);
      // From the manifest to the end, as long as a measurement takes here and now.
      const afterMs = when * expected.tookMs();
      const { resumed, story } = await killed(scene, [...ARGS, ...version], afterMs, rekills);
      if (resumed.status === 2) {
        expect(resumed.stderr, story).toContain("is complete");
      } else {
        expect(resumed.status, story).toBe(0);
        expect(outcomeOf(resumed), story).toEqual(whole);
        expect(summaryOf(resumed).paths.folder).toBe(scene.folder);
      }
      const { measurementIds, acknowledgedCount } = scene.journal;
      expect(acknowledgedCount, story).toBe(CHUNKS);
      if (place === "a server behind a proxy") {
        expect(scene.acknowledged, story).toEqual([0, 1, 2, 3].slice(0, CHUNKS));
      } else {
        const db = place === "the local server" ? storePath(scene.stateDir) : serveDb;
        const stored = measurementIds.flatMap((id) => storedPayloads(db, id));
        expect(stored.map(digest), story).toEqual(scene.payloads.map(digest));
      }
      await scene.close();
    }, 300_000);
  });
});

function digest(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

for (const signal of ["SIGKILL", "SIGTERM"] as const) {
  longTest(`a stream that is over after ${signal}: what was kept is sent, the newest as the last`, async () => {
    const ffmpeg = (await resolveFfmpeg({ flag: undefined, env: process.env })).path;
    // The server takes so long that chunks are waiting for it.
    const scene = await Scene.set(({ step, moment }) => (step === "add" && moment === "before" ? "slow" : undefined));
    const fifo = join(scene.stateDir, "fifo");
    execFileSync("sh", ["-c", 'mkfifo "$0"', fifo]);
    const { child, finished } = scene.measure([fifo, "--chunklength", "5"]);
    const camera = spawn(ffmpeg, ["-nostdin", "-i", clip, "-c", "copy", "-f", "matroska", "-y", fifo], {
      stdio: "ignore",
    });
    await until(() => scene.kept.length > scene.acknowledged.length && scene.acknowledged.length > 0);
    child.kill(signal);
    await finished;
    camera.kill("SIGKILL");
    // On a busy machine the server may have got ahead meanwhile: then none is left that could be the last.
    const isSomethingLeft = scene.kept.length > scene.acknowledged.length;
    const resumed = await scene.resume();
    expect(resumed.status, resumed.stderr).toBe(0);
    expect(resumed.stdout).toContain("showed is over");
    scene.expectSound(resumed);
    expect(scene.acknowledged).toEqual(scene.kept);
    const { chunks, status } = summaryOf(resumed);
    expect(status).toBe("completed");
    expect(chunks).toMatchObject({ extracted: scene.kept.length, results: scene.kept.length });
    const final = JSON.parse(readFileSync(join(scene.folder ?? "", "final.json"), "utf8")) as { StatusID: string };
    expect(final.StatusID).toBe(isSomethingLeft ? "COMPLETE" : "CAPTURING");
    await scene.close();
  });
}
