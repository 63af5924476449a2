import { expect, test } from "vitest";

import { NativeFaceStage } from "../../src/face/native-face-tracker.js";
import { loadAddon } from "../../src/native/addon.js";
import { ExtractionEngine } from "../../src/native/extraction-engine.js";
import { createFaceTracker } from "../../src/native/face-engine.js";
import { decodeEnginePayload, type RegionSeries } from "../../src/wire/engine-payload.js";
import { drawFace, toYuv420 } from "./face-drawing.js";

const LAST_FRAME = 29;
/** The colour in which face-drawing.ts draws skin; make-up, shading and highlights move it a little. */
const SKIN = [213, 164, 136] as const;

function regionsOfDrawnFace(): readonly RegionSeries[] {
  const widthPx = 640;
  const heightPx = 480;
  const data = toYuv420(drawFace(widthPx, heightPx, 320, 240, 1), widthPx, heightPx);
  const format = { widthPx, heightPx, fullRange: true, bt709: false };
  const tracker = new NativeFaceStage(createFaceTracker("smart"));
  const collector = new ExtractionEngine(loadAddon()).createFactory().createCollector(tracker.pointNames);
  collector.setChunkDurationSeconds(1);
  collector.startCollection();
  for (let number = 1; number <= LAST_FRAME + 1; number += 1) {
    const frame = { data, format, number, timestampMs: ((number - 1) * 1000) / 30 };
    collector.extractChannels(frame, tracker.track(frame));
  }
  return decodeEnginePayload(collector.getChunkData()?.payload ?? new Uint8Array()).regions;
}

function colourOf(region: RegionSeries): number[] {
  return [region.red, region.green, region.blue].map((column) => column[LAST_FRAME] ?? Number.NaN);
}

test("the bundled study's regions lie on the skin of a drawn face, the background does not", () => {
  const regions = regionsOfDrawnFace();
  const distances = regions.map((region) => {
    const off = colourOf(region).map((level, channel) => Math.abs(level - (SKIN[channel] ?? 0)));
    return { name: region.name, skin: region.skin, off: Math.max(...off), pixels: region.pixels[LAST_FRAME] ?? 0 };
  });
  expect(distances).toHaveLength(10);
  expect(distances.filter(({ skin, off }) => (skin ? off > 16 : off < 40))).toEqual([]);
  expect(distances.filter(({ pixels }) => pixels < 300)).toEqual([]);
});
