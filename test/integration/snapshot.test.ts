import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import sharp from "sharp";
import { expect, test } from "vitest";

import type { MeasureContext, RunHandle } from "../../src/app/measure.js";
import type { MeasureSettings } from "../../src/app/settings.js";
import type { MeasurementEvent } from "../../src/results/events.js";
import type { Summary } from "../../src/results/summary.js";
import { clip, freshFolder } from "../helpers/program.js";
import { plainSettings } from "../helpers/settings.js";

// Against dist/: Node cannot start the measuring thread from a .ts file.
const MEASURE: string = new URL("../../dist/app/measure.js", import.meta.url).href;
const { runMeasurement } = (await import(MEASURE)) as {
  runMeasurement: (settings: MeasureSettings, context: MeasureContext) => Promise<Summary>;
};

const startedAt = new Date("2026-11-22T10:21:07Z");

async function measure(
  stateDir: string,
  onEvent: (event: MeasurementEvent, run: RunHandle) => void,
): Promise<{ summary: Summary; run: RunHandle }> {
  const settings = plainSettings(stateDir, { source: clip, videoLengthS: 10 });
  const handles: RunHandle[] = [];
  const summary = await runMeasurement(settings, {
    startedAt,
    nowMs: () => performance.now(),
    reporterFor: async (run) => {
      handles.push(run);
      return {
        event: (event) => onEvent(event, run),
        picture: () => undefined,
        finish: async () => undefined,
        restore: () => undefined,
      };
    },
  });
  const [run] = handles;
  if (!run) throw new Error("no reporter was asked for");
  return { summary, run };
}

test("a snapshot in the middle and one after the end are kept in the measurement's folder, for the owner only", async () => {
  const taken: Promise<void>[] = [];
  const said: string[] = [];
  const { summary, run } = await measure(freshFolder("snapshot"), (event, handle) => {
    if (event.type === "message") said.push(event.message.text);
    // A key that is held down asks again and again: one answer is enough.
    if (event.type === "progress" && event.progress.framesTracked > 0 && taken.length === 0)
      for (let i = 0; i < 50; i += 1) taken.push(handle.snapshot());
  });
  await Promise.all(taken);
  await run.snapshot();
  const folder = summary.paths.folder ?? "";
  const names = readdirSync(folder).filter((name) => name.startsWith("snapshot-2026-11-22T10-21-"));
  expect(names).toHaveLength(2);
  for (const name of names) {
    const path = join(folder, name);
    expect(said.some((text) => text === `snapshot saved as ${path}`)).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    // The face is there: the picture's side is neither black nor one colour.
    const side = { left: 0, top: 0, width: 640, height: 480 };
    const picture = await sharp(await sharp(readFileSync(path)).extract(side).toBuffer()).stats();
    expect(picture.channels[0]?.mean).toBeGreaterThan(30);
    expect(picture.channels[0]?.stdev).toBeGreaterThan(10);
  }
});
