import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { parseDemographics, readDemographics } from "../../src/app/demographics.js";
import { freshFolder } from "../helpers/program.js";

const ALL = {
  gender: "female",
  age: 40,
  height: 170.5,
  weight: "65",
  smoking: 0,
  bloodpressuremedication: 1,
  hypertensive: "0",
  diabetes: "type2",
};
const AS_TEXT = {
  gender: "female",
  age: "40",
  height: "170.5",
  weight: "65",
  smoking: "0",
  bloodpressuremedication: "1",
  hypertensive: "0",
  diabetes: "type2",
};

function parse(value: unknown) {
  return parseDemographics(JSON.stringify(value), "me.json");
}

/** The same with the number of the face in every key. */
function withFace(pairs: object): object {
  return Object.fromEntries(Object.entries(pairs).map(([key, value]) => [`${key}:1`, value]));
}

describe("demographics", () => {
  test("of all known keys become text, without a warning", () => {
    expect(parse(ALL)).toEqual({ properties: AS_TEXT, warnings: [] });
  });

  test("may name the face as newer SDKs do", () => {
    expect(parse(withFace(ALL))).toEqual({ properties: withFace(AS_TEXT), warnings: [] });
  });

  test("take words in any case, flags as true or false, and no diabetes as a number", () => {
    expect(parse({ gender: "Male", smoking: true, hypertensive: false, diabetes: 0 }).properties).toEqual({
      gender: "male",
      smoking: "1",
      hypertensive: "0",
      diabetes: "0",
    });
  });

  test.each([
    [{ gender: "f" }, '"gender" is "f", but must be "male" or "female"'],
    [{ gender: 1 }, '"gender" is 1, but must be "male" or "female"'],
    [{ age: 12 }, '"age" is 12, but must be a number from 13 to 120 (years)'],
    [{ age: 121 }, '"age" is 121, but'],
    [{ age: "forty" }, '"age" is "forty", but'],
    [{ age: "" }, '"age" is "", but'],
    [{ age: true }, '"age" is true, but'],
    [{ age: null }, '"age" is null, but'],
    [{ "age:1": 12 }, '"age:1" is 12, but'],
    [{ height: 1.7 }, '"height" is 1.7, but must be a number from 120 to 220 (cm)'],
    [{ height: 221 }, '"height" is 221, but'],
    [{ weight: 29 }, '"weight" is 29, but must be a number from 30 to 300 (kg)'],
    [{ weight: [65] }, '"weight" is [65], but'],
    [{ smoking: 2 }, '"smoking" is 2, but must be 0 or 1'],
    [{ bloodpressuremedication: "no" }, '"bloodpressuremedication" is "no", but must be 0 or 1'],
    [{ hypertensive: -1 }, '"hypertensive" is -1, but must be 0 or 1'],
    [{ "hypertensive:1": 0.5 }, '"hypertensive:1" is 0.5, but'],
    [{ diabetes: "type3" }, '"diabetes" is "type3", but must be "0", "type1" or "type2"'],
    [{ diabetes: 1 }, '"diabetes" is 1, but'],
    [{ note: { a: 1 } }, '"note" is {"a":1}, but must be a text'],
    [{ extraction: "x" }, 'the key "extraction" is used by the engine itself'],
    [{ ["k".repeat(65)]: 1 }, "must have 1 to 64 bytes"],
    [[1], "must hold one JSON object"],
    [null, "must hold one JSON object"],
  ])("refuse %j with a sentence that names key, value and what is allowed", (value, sentence) => {
    const refused = expect.objectContaining({ code: "USAGE", message: expect.stringContaining(sentence) });
    expect(() => parse(value)).toThrowError(refused);
  });

  test("pass what is not known on as text, with a warning for each", () => {
    const { properties, warnings } = parse({ ...ALL, mood: "calm", "age:2": 5 });
    expect(properties).toMatchObject({ mood: "calm", "age:2": "5" });
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain('"mood"');
  });

  test("take keys that JavaScript's objects have of their own for what they are", () => {
    const { properties } = parseDemographics('{"constructor": 1, "__proto__": "x"}', "me.json");
    expect(Object.entries(properties)).toEqual([
      ["constructor", "1"],
      ["__proto__", "x"],
    ]);
  });

  test("refuse a file that is missing or no JSON", async () => {
    const path = join(freshFolder("demographics"), "me.json");
    await expect(readDemographics(path)).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining(path),
    });
    writeFileSync(path, "gender=f");
    await expect(readDemographics(path)).rejects.toMatchObject({ code: "USAGE" });
  });
});
