import { expect, test } from "vitest";

import { Upsampler } from "../../../src/server/analysis/upsample.js";

/** A slow wave whose maximum is at a place between the samples. */
function wave(top: number): Float64Array {
  return Float64Array.from({ length: 200 }, (_, i) => Math.cos((i - top) / 4) + 0.2 * Math.cos((i - top) / 2));
}

test.each([15, 24, 29.97, 30, 60])(
  "a maximum between samples at %s/s is found to three thousandths of a sample",
  (rateHz) => {
    const upsampler = new Upsampler(rateHz);
    for (const top of [100, 100.1, 100.25, 100.49]) {
      expect(Math.abs(upsampler.topNear(wave(top), 100) - top)).toBeLessThan(3e-3);
    }
  },
);

test("at the ends it stays finite and near", () => {
  const upsampler = new Upsampler(30);
  for (const at of [0, 199]) {
    const place = upsampler.topNear(wave(100), at);
    expect(Math.abs(place - at)).toBeLessThan(1.6);
  }
});
