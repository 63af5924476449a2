import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

import { readBounded } from "../../src/app/bounded-file.js";
import { freshFolder } from "../helpers/program.js";

test("what is too large is refused, also where nobody says how long it is", async () => {
  const path = join(freshFolder("bounded"), "study.json");
  writeFileSync(path, "12345");
  expect(await readBounded(path, "study", 5)).toEqual(Buffer.from("12345"));
  await expect(readBounded(path, "study", 4)).rejects.toMatchObject({ code: "FILE" });
  await expect(readBounded("/dev/zero", "study", 1_000)).rejects.toThrow("the study file /dev/zero is too large");
});

test("what cannot be read is named, with the reason", async () => {
  await expect(readBounded("/no/such", "face", 9, "USAGE")).rejects.toMatchObject({
    code: "USAGE",
    message: "the face file /no/such cannot be read: not found",
  });
  await expect(readBounded("/", "face", 9)).rejects.toThrow("the face file / cannot be read: is a folder");
});
