import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { loadAddon } from "../../src/native/addon.js";
import type { ModelRunner } from "../../src/native/face-engine.js";
import { loadFaceModels } from "../../src/native/models.js";
import { referenceInputs } from "./face-drawing.js";
import { instructionSets, withInstructionSet } from "./face-isa.js";

// One thousandth of a pixel of the network's input. Numbers of different size and order of summation: the engine
// and TFLite differ by some 1e-5.
const TOLERANCE = 1e-3;

type Reference = Readonly<Record<"noise" | "face", Readonly<Record<string, string>>>>;

function reference(name: "detector" | "mesh"): Reference {
  return JSON.parse(readFileSync(new URL(`reference/${name}.json`, import.meta.url), "utf8")) as Reference;
}

function floatsIn(base64: string | undefined): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(base64 ?? "", "base64"));
  return new Float32Array(bytes.buffer);
}

function run(model: Uint8Array, input: Float32Array, sizes: readonly number[]): Float32Array[] {
  const outputs = (loadAddon() as unknown as ModelRunner).runModel(model, input);
  return sizes.map((size) => {
    const output = outputs.find(({ length }) => length === size);
    if (!output) throw new Error(`no output of ${size} numbers`);
    return output;
  });
}

function largestError(actual: Float32Array, expected: Float32Array): number {
  expect(actual.length).toBe(expected.length);
  return actual.reduce((largest, value, index) => Math.max(largest, Math.abs(value - (expected[index] ?? 0))), 0);
}

describe.each(instructionSets())("the networks on %s", (isa) => {
  test.each(["noise", "face"] as const)("find the same faces as TFLite in the %s picture", (picture) => {
    const expected = reference("detector")[picture];
    const input = referenceInputs(128, -1, 1)[picture];
    const [boxes, scores] = withInstructionSet(isa, () => run(loadFaceModels().detector, input, [896 * 16, 896]));
    const someBoxes = boxes?.filter((_, index) => Math.floor(index / 16) % 7 === 0);
    expect(largestError(someBoxes ?? new Float32Array(), floatsIn(expected["everySeventhBox"]))).toBeLessThan(
      TOLERANCE,
    );
    expect(largestError(scores ?? new Float32Array(), floatsIn(expected["scores"]))).toBeLessThan(TOLERANCE);
  });

  test.each(["noise", "face"] as const)("put the landmarks where TFLite does in the %s picture", (picture) => {
    const expected = reference("mesh")[picture];
    const input = referenceInputs(192, 0, 1)[picture];
    const [landmarks, presence] = withInstructionSet(isa, () => run(loadFaceModels().mesh, input, [1404, 1]));
    expect(largestError(landmarks ?? new Float32Array(), floatsIn(expected["landmarks"]))).toBeLessThan(TOLERANCE);
    expect(largestError(presence ?? new Float32Array(), floatsIn(expected["presence"]))).toBeLessThan(TOLERANCE);
  });
});

test("the reference pictures are told apart: a face in one, none in the other", () => {
  const { face, noise } = reference("mesh");
  expect(floatsIn(face["presence"])[0]).toBeGreaterThan(5);
  expect(floatsIn(noise["presence"])[0]).toBeLessThan(-5);
});

test("a file that is no model is refused with a code of its own", () => {
  const { detector } = loadFaceModels();
  const refused = expect.objectContaining({ code: "ENGINE_MODEL" });
  expect(() => run(new Uint8Array(100), new Float32Array(1), [])).toThrowError(refused);
  expect(() => run(detector.subarray(0, 100_000), new Float32Array(1), [])).toThrowError(refused);
});

test("an input that is too short is refused", () => {
  const { detector } = loadFaceModels();
  expect(() => run(detector, new Float32Array(100), [])).toThrowError(
    expect.objectContaining({ code: "ENGINE_ARGUMENT" }),
  );
});

test("the environment can lower the instruction set, but not raise it or name an unknown one", () => {
  const best = loadAddon().instructionSet();
  expect(withInstructionSet("baseline", () => loadAddon().instructionSet())).toBe("baseline");
  expect(withInstructionSet("sse9" as "avx2", () => loadAddon().instructionSet())).toBe(best);
});
