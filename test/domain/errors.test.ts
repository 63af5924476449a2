import { expect, test } from "vitest";
import { failureOf } from "../../src/domain/errors.js";

test("too few open files are told in one sentence with what to do", () => {
  const thrown = Object.assign(new Error("EMFILE: too many open files, open '/a/file.js'"), { code: "EMFILE" });
  expect(failureOf(thrown)).toEqual({
    code: "INTERNAL",
    message: "this program may open too few files here: allow it 256 (ulimit -n 256)",
  });
});

test("of what nobody foresaw the first line is told", () => {
  expect(failureOf(new Error("one\ntwo"))).toEqual({ code: "INTERNAL", message: "one" });
  expect(failureOf("words")).toEqual({ code: "INTERNAL", message: "words" });
});
