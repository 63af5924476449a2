import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

import { entriesAmong, findEntries } from "../../src/evaluate/find.js";
import { freshFolder } from "../helpers/program.js";

test("recordings are found with what belongs to them, and companions are no recordings", () => {
  const entries = entriesAmong("/data", [
    "video/b.avi",
    "video/a.MP4",
    "video/a.json",
    "traces/1_left.csv",
    "traces/1_right.csv",
    "traces/1_reference.csv",
    "welltory/s_ppg.csv",
    "welltory/s_rr.txt",
    "waves/w.json",
    "README.md",
    "top.mp4",
  ]);
  expect(entries.map(({ name, kind, form }) => [name, kind, form])).toEqual([
    ["top.mp4", "data", "video"],
    ["traces/1_left.csv", "traces", "table"],
    ["traces/1_right.csv", "traces", "table"],
    ["video/a.MP4", "video", "video"],
    ["video/b.avi", "video", "video"],
    ["waves/w.json", "waves", "waveform"],
    ["welltory/s_ppg.csv", "welltory", "table"],
  ]);
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  expect(byName.get("video/a.MP4")?.sidecar).toBe("/data/video/a.json");
  expect(byName.get("video/b.avi")?.sidecar).toBeUndefined();
  expect(byName.get("traces/1_left.csv")?.monitor).toBe("/data/traces/1_reference.csv");
  expect(byName.get("welltory/s_ppg.csv")?.intervals).toBe("/data/welltory/s_rr.txt");
});

test("a monitor's table without its trace is looked at, so that somebody is told", () => {
  expect(entriesAmong("/data", ["1_reference.csv"])).toHaveLength(1);
});

test("hidden folders and the folder of the results are left out", async () => {
  const folder = freshFolder("find");
  for (const name of ["in", ".hidden", "out"]) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "a.csv"), "");
  }
  const entries = await findEntries(folder, join(folder, "out"));
  expect(entries.map(({ name }) => name)).toEqual(["in/a.csv"]);
});

test("a folder without recordings, or none at all, is refused with a sentence", async () => {
  const folder = freshFolder("find");
  await expect(findEntries(folder, "out")).rejects.toThrow("holds no recordings");
  await expect(findEntries(join(folder, "nowhere"), "out")).rejects.toThrow("does not exist");
});
