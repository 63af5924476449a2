import { expect, test } from "vitest";
import type { Frame } from "../../src/domain/video.js";
import { PictureWatch } from "../../src/frames/picture-watch.js";

const format = { widthPx: 64, heightPx: 48, fullRange: false, bt709: false };

/** What each sample of luma is at a time. */
type Scene = (x: number, y: number, timeS: number, noise: number) => number;

/** Watches a scene at 25 Hz; the times at which each trouble was there. */
function watch(scene: Scene, seconds: number): { frozenS: number[]; huntingS: number[] } {
  const pictures = new PictureWatch();
  const data = new Uint8Array((64 * 48 * 3) / 2);
  const seen = { frozenS: [] as number[], huntingS: [] as number[] };
  let seed = 1;
  for (let number = 1; number <= seconds * 25; number += 1) {
    const timeS = (number - 1) / 25;
    for (let y = 0; y < 48; y += 1) {
      for (let x = 0; x < 64; x += 1) {
        seed = (seed * 1103515245 + 12345) % 2147483648;
        data[y * 64 + x] = Math.round(scene(x, y, timeS, seed / 2147483648 - 0.5));
      }
    }
    const frame: Frame = { data, format, number, timestampMs: timeS * 1000 };
    const { isFrozen, isHunting } = pictures.look(frame);
    if (isFrozen) seen.frozenS.push(timeS);
    if (isHunting) seen.huntingS.push(timeS);
  }
  return seen;
}

/** A room from dark to bright, with a little noise. */
const room = (x: number, y: number): number => 60 + x + y;
const calm: Scene = (x, y, _, noise) => room(x, y) + 3 * noise;

test("a calm picture with some noise is neither frozen nor restless", () => {
  expect(watch(calm, 15)).toEqual({ frozenS: [], huntingS: [] });
});

test("a picture that stands still is told after a second, and no longer when it goes on", () => {
  const { frozenS } = watch((x, y, timeS, noise) => calm(x, y, timeS, timeS > 2 && timeS <= 5 ? 0 : noise), 8);
  expect(frozenS[0]).toBeGreaterThan(2.9);
  expect(frozenS[0]).toBeLessThan(3.3);
  expect(frozenS.at(-1)).toBeCloseTo(5, 1);
});

test("an exposure that goes up and down by a few percent is told", () => {
  const { huntingS } = watch(
    (x, y, timeS, noise) => room(x, y) * (1 + 0.04 * Math.sin(2 * Math.PI * 0.25 * timeS)) + 3 * noise,
    15,
  );
  expect(huntingS[0]).toBeLessThan(9);
});

/** Somebody in dark clothes takes a third of the picture, from left to right and back. */
const passing: Scene = (x, y, timeS, noise) =>
  Math.abs(x - 32 - 32 * Math.sin(timeS)) < 10 ? 40 + 3 * noise : calm(x, y, timeS, noise);

test.each<[string, Scene]>([
  ["one step of the light", (x, y, timeS, noise) => calm(x, y, timeS, noise) * (timeS > 4 ? 1.1 : 1)],
  ["somebody who passes by", passing],
  ["a pulse", (x, y, timeS, noise) => calm(x, y, timeS, noise) * (1 + 0.005 * Math.sin(7.5 * timeS))],
])("%s is no restless exposure", (_, scene) => {
  expect(watch(scene, 15).huntingS).toEqual([]);
});
