import { expect, test } from "vitest";

import { powerOfPair, powerOfTwoFrom, transform } from "../../../src/server/analysis/fft.js";
import { randomFrom } from "../../helpers/pulse.js";

/** The transform by its definition. */
function slowTransform(re: Float64Array, im: Float64Array): { re: number; im: number }[] {
  return Array.from(re, (_, k) => {
    let sumRe = 0;
    let sumIm = 0;
    for (const [n, value] of re.entries()) {
      const angle = (-2 * Math.PI * k * n) / re.length;
      const other = im.at(n)!;
      sumRe += value * Math.cos(angle) - other * Math.sin(angle);
      sumIm += value * Math.sin(angle) + other * Math.cos(angle);
    }
    return { re: sumRe, im: sumIm };
  });
}

function noise(count: number, seed: number): Float64Array {
  const random = randomFrom(seed);
  return Float64Array.from({ length: count }, () => random.normal());
}

test("the fast transform equals its definition", () => {
  for (const length of [2, 4, 64]) {
    const re = noise(length, 1);
    const im = noise(length, 2);
    const expected = slowTransform(re, im);
    transform(re, im);
    for (const [k, bin] of expected.entries()) {
      expect(re.at(k)!).toBeCloseTo(bin.re, 9);
      expect(im.at(k)!).toBeCloseTo(bin.im, 9);
    }
  }
});

test("one transform gives the power of two signals", () => {
  const a = noise(32, 3);
  const b = noise(32, 4);
  const zeros = new Float64Array(32);
  const powerA = new Float64Array(17);
  const powerB = new Float64Array(17);
  powerOfPair(a.slice(), b.slice(), powerA, powerB);
  for (const [k, { re, im }] of slowTransform(a, zeros).slice(0, 17).entries()) {
    expect(powerA.at(k)!).toBeCloseTo(re * re + im * im, 8);
  }
  for (const [k, { re, im }] of slowTransform(b, zeros).slice(0, 17).entries()) {
    expect(powerB.at(k)!).toBeCloseTo(re * re + im * im, 8);
  }
});

test("the length of a transform is the next power of two", () => {
  expect([0, 2, 3, 512, 513].map(powerOfTwoFrom)).toEqual([2, 2, 4, 512, 1024]);
});
