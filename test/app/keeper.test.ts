import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { afterEach, beforeEach, expect, test } from "vitest";

import { Keeper } from "../../src/app/keeper.js";
import type { MeasureSettings } from "../../src/app/settings.js";

let place = "";
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), "dfxterm-keeper-"));
});
afterEach(async () => {
  await rm(place, { recursive: true, force: true });
});

function settingsFor(source: string): MeasureSettings {
  return {
    source,
    studyPath: undefined,
    server: { kind: "own" },
    account: undefined,
    tokens: { configDir: "/nowhere", isCached: false },
    sendMethod: "REST",
    api: "v1",
    subprotocol: "json",
    mode: "DISCRETE",
    chunkLengthS: 15,
    videoLengthS: undefined,
    resolution: undefined,
    ffmpegPath: undefined,
    live: false,
    wait: false,
    faceDetect: "smart",
    facesPath: undefined,
    demographicsPath: undefined,
    saveChunksFolder: undefined,
    saveResultsFolder: undefined,
    saveFacepoints: true,
    stateDir: join(place, "state"),
    output: "plain",
  };
}

/** Where the face points of a source are written. */
async function facesOf(source: string): Promise<{ faces: string | null; folder: string | null }> {
  const keeper = new Keeper(settingsFor(source), new Date(0));
  await keeper.open("0000");
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
  const keeper = new Keeper({ ...settingsFor("clip.mp4"), saveFacepoints: false }, new Date(0));
  await keeper.open("0000");
  expect(keeper.facesPath).toBeUndefined();
  expect((await keeper.paths()).faces).toBeNull();
});
