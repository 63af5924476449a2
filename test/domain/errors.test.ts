import { expect, test } from "vitest";
import { failureOf } from "../../src/domain/errors.js";

test("too few open files are told in one sentence with what to do", () => {
  const thrown = Object.assign(new Error("EMFILE: too many open files, open '/a/file.js'"), { code: "EMFILE" });
  expect(failureOf(thrown)).toEqual({
    code: "INTERNAL",
    message: "this program may open too few files here: allow it 256 (ulimit -n 256)",
  });
});

test("a user without a home folder is told to name one", () => {
  const thrown = Object.assign(new Error("A system error occurred"), {
    syscall: "uv_os_homedir",
    code: "ERR_SYSTEM_ERROR",
  });
  expect(failureOf(thrown)).toMatchObject({ code: "USAGE", message: expect.stringMatching(/set HOME to a folder/) });
});

test("of what nobody foresaw the first line is told", () => {
  expect(failureOf(new Error("one\ntwo"))).toEqual({ code: "INTERNAL", message: "one" });
  expect(failureOf("words")).toEqual({ code: "INTERNAL", message: "words" });
});
