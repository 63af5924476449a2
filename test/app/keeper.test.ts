import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { Keeper, type KeeperParts } from "../../src/app/keeper.js";
import type { MeasureSettings } from "../../src/app/settings.js";
import { initialMeasurement } from "../../src/results/measurement.js";
import { plainSettings } from "../helpers/settings.js";
import { SMALL_CHUNK } from "../helpers/small-chunk.js";

let place = "";
const keepers: Keeper[] = [];
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), "dfxterm-keeper-"));
});
afterEach(async () => {
  for (const keeper of keepers.splice(0)) await keeper.close({ status: "cancelled", error: null });
  await rm(place, { recursive: true, force: true });
});

function settingsFor(source: string): MeasureSettings {
  return plainSettings(join(place, "state"), { source, chunkLengthS: 15, saveFacepoints: true });
}

async function opened(settings: MeasureSettings, parts?: KeeperParts): Promise<Keeper> {
  const keeper = new Keeper(settings, new Date(0), parts);
  await keeper.open("0000");
  keepers.push(keeper);
  return keeper;
}

/** Where the face points of a source are written. */
async function facesOf(source: string): Promise<{ faces: string | null; folder: string | null }> {
  const keeper = await opened(settingsFor(source));
  if (keeper.facesPath === undefined) throw new Error("no place for the face points");
  await writeFile(keeper.facesPath, "{}");
  keeper.faces(keeper.facesPath);
  return await keeper.paths();
}

test("the face points of a file stand beside it, however it is named", async () => {
  const clip = join(place, "clip.mp4");
  const beside = join(place, "clip-faces.json");
  expect((await facesOf(clip)).faces).toBe(beside);
  expect((await facesOf(pathToFileURL(clip).href)).faces).toBe(beside);
  expect(await readFile(beside, "utf8")).toBe("{}");
});

test("those of cameras and addresses are kept with the measurement, under a name without the password", async () => {
  for (const source of ["0", "rtsp://me:hunter2@camera/live", "http://camera/feed?token=hunter2", "-"]) {
    const { faces, folder } = await facesOf(source);
    expect(faces).toBe(join(folder ?? "", "faces.json"));
  }
  const names = await readdir(place, { recursive: true });
  expect(names.join()).not.toContain("hunter2");
});

test("those of a file stay with the measurement when the file's folder does not take them", async () => {
  await mkdir(join(place, "clip-faces.json.part", "full"), { recursive: true });
  const { faces, folder } = await facesOf(join(place, "clip.mp4"));
  expect(faces).toBe(join(folder ?? "", "faces.json"));
});

test("there is no place for face points that nobody asked for", async () => {
  const keeper = await opened({ ...settingsFor("clip.mp4"), saveFacepoints: false });
  expect(keeper.facesPath).toBeUndefined();
  expect((await keeper.paths()).faces).toBeNull();
});

/** A keeper whose chunk cannot be written as long as the obstacle is there. */
async function obstructed(source: string, parts: KeeperParts) {
  const keeper = await opened(settingsFor(source), parts);
  const { folder } = await keeper.paths();
  const obstacle = join(folder ?? "", "chunks", "payload0.bin");
  await mkdir(join(obstacle, "in the way"), { recursive: true });
  return { keeper, obstacle };
}

describe("a disk that does not take a chunk", () => {
  const { progress } = initialMeasurement("local", "REST", 5);
  const kept = { chunk: SMALL_CHUNK, last: false, rest: false, quality: undefined, counters: progress };

  test("is given time when a camera showed it, because it cannot be measured again", async () => {
    const told: string[] = [];
    const parts = { warn: (sentence: string) => told.push(sentence), livePatienceMs: 10_000 };
    const { keeper, obstacle } = await obstructed("0", parts);
    const saved = keeper.chunk(kept);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await rm(obstacle, { recursive: true });
    await saved;
    expect([...(await readFile(obstacle))]).toEqual([1, 2, 3]);
    expect(told).toEqual([expect.stringMatching(/payload0\.bin cannot be written .*; it is tried again for 10 s$/)]);
  });

  test("is given up at once when the measurement is cancelled, or when a file can be measured again", async () => {
    const abort = new AbortController();
    const camera = await obstructed("0", { signal: abort.signal, livePatienceMs: 60_000 });
    const saved = camera.keeper.chunk(kept);
    setTimeout(() => abort.abort(), 50);
    await expect(saved).rejects.toMatchObject({ code: "DISK" });
    await rm(join(place, "state"), { recursive: true });
    const file = await obstructed(join(place, "clip.mp4"), { livePatienceMs: 60_000 });
    await expect(file.keeper.chunk(kept)).rejects.toMatchObject({ code: "DISK" });
  });
});
