import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

import { meanOf } from "../../src/domain/result.js";
import { findEntries } from "../../src/evaluate/find.js";
import { type Measured, type MeasureOptions, measureEntry } from "../../src/evaluate/measure.js";
import { freshFolder, sharedData } from "../helpers/program.js";
import { makeTrace, type Trace } from "../helpers/pulse.js";

// Traces and waves need no measuring thread, so they are measured from the sources.

const DEFAULTS: MeasureOptions = { method: "combined", windowS: undefined, chunkLengthS: 15, monitorDelayS: 0 };

async function measureAll(folder: string, change: Partial<MeasureOptions> = {}): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const entry of await findEntries(folder, "nowhere")) {
    measured.push(await measureEntry(entry, { ...DEFAULTS, ...change }, () => 0));
  }
  return measured;
}

function csvOf({ payload }: Trace, withTime: boolean): string {
  const { red, green, blue } = payload.regions.at(0)!;
  const rows = Array.from(red, (value, i) => {
    const colours = [value, Array.from(green).at(i), Array.from(blue).at(i)];
    return [...(withTime ? [Array.from(payload.timestampMs).at(i)] : []), ...colours].join(",");
  });
  return `${withTime ? "time," : ""}R,G,B\n${rows.join("\n")}\n`;
}

/** Intervals in ms of the beats inside the recording. */
function intervalsOf({ beatTimesS }: Trace, seconds: number): number[] {
  const inside = beatTimesS.filter((timeS) => timeS >= 0 && timeS < seconds);
  return inside.slice(1).map((timeS, i) => 1000 * (timeS - inside.at(i)!));
}

test("a trace beside a monitor is scored in windows of 30 s against what it showed in each", async () => {
  const folder = freshFolder("monitor");
  const trace = makeTrace({ bpm: 66, seconds: 70 });
  const shown = Array.from({ length: 70 }, (_, i) => (i < 30 ? 66 : i === 40 ? 0 : 67));
  writeFileSync(join(folder, "7_left.csv"), csvOf(trace, false));
  writeFileSync(
    join(folder, "7_reference.csv"),
    `Time,Pulse 5\n${shown.map((bpm, i) => `t${i},${bpm}`).join("\n")}\nCollection Halted,\n`,
  );
  const whole = (await measureAll(folder)).at(0)!;
  expect(whole.rows.map(({ fromS, toS, truthBpm }) => [fromS, toS, truthBpm])).toEqual([
    [0, 30, 66],
    [30, 60, undefined],
  ]);
  expect(Math.abs(whole.rows.at(0)!.bpm! - 66)).toBeLessThan(2);
  expect((await measureAll(folder, { windowS: 10 })).at(0)!.rows).toHaveLength(7);
});

test("a trace beside a chest strap is scored as a whole against its intervals", async () => {
  const folder = freshFolder("strap");
  const trace = makeTrace({ bpm: 80, seconds: 40, jitterMs: 5 });
  const intervals = intervalsOf(trace, 40);
  writeFileSync(join(folder, "a_ppg.csv"), csvOf(trace, true));
  writeFileSync(join(folder, "a_rr.txt"), intervals.join(" "));
  const measured = (await measureAll(folder)).at(0)!;
  const row = measured.rows.at(0)!;
  expect(measured.rows).toHaveLength(1);
  expect(row.truthBpm).toBeCloseTo((60_000 * intervals.length) / intervals.reduce((sum, value) => sum + value, 0), 9);
  expect(Math.abs(row.bpm! - trace.meanBeatBpm)).toBeLessThan(1);
  expect(Math.abs(row.plainBpm! - trace.meanBeatBpm)).toBeLessThan(4);
  expect(row.others.find(({ id }) => id === "HRV_SDNN")?.truth).toBeGreaterThan(10);
  expect(measured.waves).toMatchObject({ name: "a_ppg.csv" });
});

test("a trace without a pulse is refused with the reason in words, and answered by the plain pipeline", async () => {
  const folder = freshFolder("still");
  writeFileSync(join(folder, "a.csv"), csvOf(makeTrace({ depth: 0, seconds: 30 }), true));
  writeFileSync(join(folder, "a.json"), '{ "hr_bpm": null }');
  const row = (await measureAll(folder)).at(0)!.rows.at(0)!;
  expect(row.truthBpm).toBeNull();
  expect(row.bpm).toBeUndefined();
  expect(row.reasons.join()).toMatch(/^the /);
  expect(row.plainBpm).toBeGreaterThan(40);
});

test("a trace without a reference is measured, not scored", async () => {
  const folder = freshFolder("alone");
  const trace = makeTrace({ seconds: 20 });
  writeFileSync(join(folder, "a.csv"), csvOf(trace, true));
  const row = (await measureAll(folder)).at(0)!.rows.at(0)!;
  expect(row.truthBpm).toBeUndefined();
  expect(Math.abs(row.bpm! - trace.meanBeatBpm)).toBeLessThan(1);
});

test("a reference that cannot be used refuses its recording with a sentence", async () => {
  const folder = freshFolder("refused");
  writeFileSync(join(folder, "a_ppg.csv"), csvOf(makeTrace({ seconds: 10 }), true));
  writeFileSync(join(folder, "a_rr.txt"), "eight hundred");
  await expect(measureAll(folder)).rejects.toMatchObject({
    code: "FILE",
    message: 'a_rr.txt cannot be used: "eight" is no interval between beats of 200 to 3000 ms',
  });
});

describe.skipIf(!existsSync(sharedData))("on recordings of other people (skipped without ../shared/data)", () => {
  test("chest-strap recordings: ours is nearer than the plain pipeline, and none is wrong", async () => {
    const rows = (await measureAll(join(sharedData, "traces", "welltory"))).flatMap((measured) => measured.rows);
    expect(rows).toHaveLength(11);
    const errors = (value: (row: (typeof rows)[number]) => number | undefined) =>
      rows.flatMap((row) => (value(row) === undefined ? [] : [Math.abs(value(row)! - row.truthBpm!)]));
    const ours = errors((row) => row.bpm);
    expect(ours.length).toBeGreaterThanOrEqual(10);
    expect(Math.max(...ours)).toBeLessThan(3);
    expect(meanOf(ours)!).toBeLessThan(meanOf(errors((row) => row.plainBpm))!);
  });

  test("pulse waves: every file is read and within 3 of its beats", async () => {
    const rows = (await measureAll(join(sharedData, "waveforms"))).flatMap((measured) => measured.rows);
    expect(rows).toHaveLength(4);
    for (const { bpm, truthBpm } of rows) expect(Math.abs(bpm! - truthBpm!)).toBeLessThan(3);
  });
});
