import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { projectRoot } from "./helpers/program.js";

// docs/security.md names a test for every threat. It has to be there under that name.

const REFERENCE = /(?<file>test\/[\w./-]+): "(?<name>[^"]+)"/g;

const rows = readFileSync(join(projectRoot, "docs", "security.md"), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| what could happen"));

/** Whether a file has a test of that name. */
function hasTest(source: string, name: string): boolean {
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  // A call of `test`, or the first of a row from which tests are made.
  return new RegExp(`(\\btest(\\.\\w+)*(\\([^)\\n]*\\))*\\(|^\\s+\\[)\\s*["'\`]${escaped}["'\`]`, "m").test(source);
}

describe("the threat model", () => {
  test("has many lines", () => {
    expect(rows.length).toBeGreaterThan(30);
  });

  test.each(rows.map((row) => [row.split("|")[1]?.trim() ?? "", row]))("%s: its tests are there", (_what, row) => {
    const references = [...row.matchAll(REFERENCE)];
    expect(references.length).toBeGreaterThan(0);
    for (const { groups: { file = "", name = "" } = {} } of references) {
      const path = join(projectRoot, file);
      expect(existsSync(path), file).toBe(true);
      expect(hasTest(readFileSync(path, "utf8"), name), `${file}: "${name}"`).toBe(true);
    }
  });

  test("is not fooled by a name in a comment", () => {
    expect(hasTest('test("a (b) holds", () => {', "a (b) holds")).toBe(true);
    expect(hasTest('test.skipIf(isRoot)(\n  "a", () => {', "a")).toBe(true);
    expect(hasTest('// "a (b) holds"', "a (b) holds")).toBe(false);
  });
});
