import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import {
  cleanEnv,
  clip,
  type Finished,
  freshFolder,
  jsonLines,
  program,
  projectRoot,
  run,
} from "../helpers/program.js";

const TEXT = readFileSync(join(projectRoot, "docs", "json.md"), "utf8");
/** Below these are names of signals and options. */
const RECORDS: ReadonlySet<string> = new Set(["metrics", "options"]);

/** What docs/json.md names for a type of line: in its row of the table, or in the chapter on the summary. */
function documented(type: string): ReadonlySet<string> {
  const row = TEXT.split("\n").find((line) => line.startsWith(`| \`${type}\` `)) ?? "";
  const chapter = TEXT.slice(TEXT.indexOf("## The summary"));
  // The summary repeats what lines have told, and a chunk has its quality in both.
  const words = type === "summary" ? TEXT : row.includes("as in the summary") ? row + chapter : row;
  return new Set(["v", "type", ...[...words.matchAll(/[`"]([A-Za-z0-9]+)[`"]/g)].map(([, word = ""]) => word)]);
}

/** Every key in an object and in what it holds. */
function keysIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, held]) => {
    const inside = RECORDS.has(key) ? Object.values(held as object) : held;
    return [key, ...keysIn(inside)];
  });
}

async function measure(...words: string[]): Promise<Finished> {
  return run(["measure", ...words, "--json", "--chunklength", "5"]);
}

test("docs/json.md names every type of line and every key that a run writes, and the summary is the last", async () => {
  const place = freshFolder("documented");
  const chunks = join(place, "chunks");
  const file = await measure(clip, "--videolength", "5", "--save_chunks_folder", chunks);
  const piped = spawnSync(process.execPath, [program, "measure", "-", "--json", "--videolength", "25"], {
    env: cleanEnv(),
    input: readFileSync(clip),
    encoding: "utf8",
  });
  const others = await Promise.all([measure("/nowhere.mp4"), measure("--from-chunks", chunks)]);
  const types = new Set<string>();
  for (const { stdout } of [file, piped, ...others]) {
    const lines = jsonLines(stdout);
    expect(lines.at(-1)).toMatchObject({ v: 1, type: "summary" });
    for (const line of lines) {
      const type = String(line["type"]);
      types.add(type);
      const known = documented(type);
      expect({ type, unknown: keysIn(line).filter((key) => !known.has(key)) }).toEqual({ type, unknown: [] });
    }
  }
  const all = ["chunk", "created", "message", "note", "opened", "phase", "progress", "result", "summary", "timing"];
  expect([...types].toSorted()).toEqual(all);
});
