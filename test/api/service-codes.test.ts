import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { refusalError, resultProblem } from "../../src/api/failures.js";
import { meaningOf, RESULT_CODES, SERVICE_CODES } from "../../src/api/service-codes.js";
import { exitCodeOfError } from "../../src/cli/exit-codes.js";
import { projectRoot } from "../helpers/program.js";

const documented = readFileSync(join(projectRoot, "docs", "errors.md"), "utf8");

test("docs/errors.md has every code with its sentence and its exit status, and no other", () => {
  const rows = Object.entries(SERVICE_CODES).map(
    ([code, { kind, advice }]) => `| \`${code}\` | ${advice} | ${exitCodeOfError(kind)} |`,
  );
  const results = Object.entries(RESULT_CODES).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  const lines = documented.split("\n").filter((line) => line.startsWith("| `"));
  expect(lines).toEqual([...rows, ...results]);
});

test("each code becomes one sentence of its own, which ends with what to do", () => {
  for (const [code, { kind, advice }] of Object.entries(SERVICE_CODES)) {
    const error = refusalError("lab", "chunk 3", { status: 400, code, message: "" });
    expect(error).toMatchObject({ code: kind, dfxCode: code });
    expect(error.message).toBe(`Server lab refused chunk 3 (${code}). ${advice}`);
    expect(advice).toMatch(/^[A-Z].*[^.]\.$/);
  }
});

test("a code that is not known goes by its status", () => {
  expect(meaningOf("NEW_CODE", 403).kind).toBe("AUTH");
  expect(meaningOf("NEW_CODE", 401).kind).toBe("AUTH");
  expect(meaningOf("NEW_CODE", 429).kind).toBe("SERVER");
  expect(meaningOf("NEW_CODE", 599).kind).toBe("SERVER");
  expect(meaningOf("NEW_CODE", 418).kind).toBe("REFUSED");
  expect(meaningOf("constructor", 400).kind).toBe("REFUSED");
});

test("an answer that no DFX server gives is told as one", () => {
  for (const status of [200, 204, 301, 404]) {
    expect(refusalError("lab", "chunk 3", { status, code: "", message: "" })).toMatchObject({
      code: "SERVER",
      message: `Server lab does not answer as a DFX server does (status ${status}). Check the address and --api.`,
    });
  }
});

test("a result without values says why, whatever the server wrote into it", () => {
  const failed = { measurementId: "m", channels: [], raw: new Uint8Array() };
  expect(resultProblem("lab", { ...failed, chunkNumber: 2, errorCode: "LIVENESS_ERROR" })).toBe(
    "Server lab has no result for chunk 2: the pulse is too weak to be one of a living person (SNR below 0.5 dB) (LIVENESS_ERROR).",
  );
  const reasons = ["HR_BPM: \u001b[2Jtoo short"];
  expect(resultProblem("lab", { ...failed, chunkNumber: undefined, errorCode: "ODD", reasons })).toBe(
    "Server lab has no result for a chunk: the analysis failed (ODD; HR_BPM:  [2Jtoo short).",
  );
});
