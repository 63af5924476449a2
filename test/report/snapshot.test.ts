import sharp from "sharp";
import { expect, test } from "vitest";

import type { PreviewPicture } from "../../src/domain/preview.js";
import { snapshotName, snapshotPng } from "../../src/report/snapshot.js";
import { initialMeasurement, type Measurement } from "../../src/results/measurement.js";
import { reduce } from "../../src/results/reduce.js";

const takenAt = new Date("2026-11-22T10:21:07.250Z");

function measured(heartRate: number, label = "clip.mp4"): Measurement {
  const wave = Array.from({ length: 300 }, (_, index) => Math.sin(index / 4));
  const source = {
    kind: "file" as const,
    label,
    format: { widthPx: 640, heightPx: 480, fullRange: false, bt709: false },
    rateHz: 30,
    durationS: 20,
    rotationDeg: 0,
  };
  const opened = reduce(initialMeasurement("local", "REST", 5), {
    type: "opened",
    source,
    plannedS: 20,
    plannedChunks: 4,
  });
  const channels = [
    { id: "HR_BPM", values: [heartRate], notes: [] },
    { id: "HR_BPM_CONFIDENCE", values: [0.97], notes: [] },
    { id: "HRV_SDNN", values: [], notes: ["NOTE_TOO_SHORT"] },
    { id: "PULSE_WAVE", values: wave, notes: [] },
  ];
  const result = { measurementId: "m", chunkNumber: 0, errorCode: "OK", channels, raw: new Uint8Array() };
  return reduce(opened, { type: "result", atMs: 1, result });
}

function green(widthPx: number, heightPx: number): PreviewPicture {
  const rgb = new Uint8Array(widthPx * heightPx * 3);
  for (let i = 1; i < rgb.length; i += 3) rgb[i] = 200;
  return { widthPx, heightPx, rgb };
}

interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

async function pixels(png: Uint8Array, area: Area): Promise<Buffer> {
  return sharp(png).extract(area).removeAlpha().raw().toBuffer();
}

/** Pixels of the curve among the plot's columns from one on. */
async function bluesIn(measurement: Measurement, left: number, width: number): Promise<number> {
  const png = await snapshotPng({ picture: undefined, measurement, takenAt });
  const rgb = await pixels(png, { left, top: 330, width, height: 80 });
  let blues = 0;
  for (let i = 0; i < rgb.length; i += 3) if ((rgb[i + 2] ?? 0) > (rgb[i] ?? 0) + 60) blues += 1;
  return blues;
}

/** Where the mean of the first metric stands. */
const VALUE: Area = { left: 790, top: 105, width: 90, height: 28 };

/** Where the second line of what is said of it stands. */
const REMARK: Area = { left: 926, top: 129, width: 200, height: 6 };

test("a snapshot holds the picture, fitted in, and the values beside it", async () => {
  for (const [widthPx, heightPx] of [
    [640, 480],
    [64, 36],
  ] as const) {
    const png = await snapshotPng({ picture: green(widthPx, heightPx), measurement: measured(72), takenAt });
    expect(await sharp(png).metadata()).toMatchObject({ format: "png", width: 1200, height: 480 });
    const [middle] = [await pixels(png, { left: 320, top: 240, width: 1, height: 1 })];
    expect([...middle]).toEqual([0, 200, 0]);
    const panel = await sharp(
      await sharp(png).extract({ left: 664, top: 0, width: 536, height: 480 }).toBuffer(),
    ).stats();
    expect(panel.channels[0]?.min).toBeLessThan(100);
    expect(panel.channels[0]?.max).toBe(255);
  }
});

test("before the first result it shows the wave that the screen shows: live, with its gaps", async () => {
  const timesS = Array.from({ length: 300 }, (_, i) => i / 30);
  const greens = timesS.map((atS) => (atS > 5 && atS < 7 ? Number.NaN : 140 - Math.sin(7 * atS)));
  const measuring: Measurement = { ...initialMeasurement("local", "REST", 5), phase: { kind: "measuring" } };
  const live = { ...measuring, skin: { timesS, greens } };
  expect(await bluesIn(measuring, 720, 440)).toBe(0);
  expect(await bluesIn(live, 1020, 140)).toBeGreaterThan(200);
  // 2 to 10 s are 444 pixels from 716 on: the gap is 5 to 7 s.
  expect(await bluesIn(live, 892, 90)).toBe(0);
});

test("its letters can be read apart: another value makes another picture", async () => {
  const [one, eight] = await Promise.all(
    [111.11, 188.88].map(async (rate) =>
      pixels(await snapshotPng({ picture: undefined, measurement: measured(rate), takenAt }), VALUE),
    ),
  );
  expect(one?.equals(eight ?? Buffer.alloc(0))).toBe(false);
});

test("a value is shown with its notes, and long ones in as many lines as they need", async () => {
  const first = measured(72);
  const remark = async (notes: readonly string[]): Promise<Buffer> => {
    const metrics = first.metrics.map((metric) => (metric.id === "HR_BPM" ? { ...metric, notes } : metric));
    return pixels(await snapshotPng({ picture: undefined, measurement: { ...first, metrics }, takenAt }), REMARK);
  };
  const without = await remark([]);
  expect((await remark(["NOTE_PROVISIONAL"])).equals(without)).toBe(false);
  // The second metric's line is below that.
  expect(without.every((value) => value === 255)).toBe(true);
});

test("before anything is known it says so, and a hostile name is only text", async () => {
  const name = `</text><script>&"'\u0000\u001b[2J\uD800\uFFFE${"long ".repeat(500)}`;
  for (const measurement of [initialMeasurement("local", "REST", 5), measured(72, name)]) {
    const png = await snapshotPng({ picture: undefined, measurement, takenAt });
    expect(await sharp(png).metadata()).toMatchObject({ width: 1200, height: 480 });
  }
});

test("its name is that of its moment, and safe in every file system", () => {
  expect(snapshotName(takenAt)).toBe("snapshot-2026-11-22T10-21-07.250.png");
});
