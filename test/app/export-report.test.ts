import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { beforeEach, expect, test } from "vitest";

import { exportReports } from "../../src/app/export-report.js";
import { freshFolder } from "../helpers/program.js";
import { madeReport } from "../report/made-report.js";

let place = "";
beforeEach(() => {
  place = freshFolder("export");
  mkdirSync(join(place, "measurement"));
  writeFileSync(join(place, "measurement", "summary.json"), JSON.stringify(madeReport().summary));
});

async function exportCsv(file: string, toStdout = async (): Promise<void> => undefined): Promise<void> {
  await exportReports(join(place, "measurement"), place, [{ form: "csv", file }], toStdout);
}

test("a file is replaced, and readable by its owner only; a link stays one", async () => {
  const target = join(place, "target.csv");
  const link = join(place, "link.csv");
  writeFileSync(target, "old");
  symlinkSync(target, link);
  await exportCsv(link);
  expect(readFileSync(target, "utf8")).toMatch(/^kind,/);
  expect(statSync(target).mode & 0o777).toBe(0o600);
  expect(readFileSync(link, "utf8")).toBe(readFileSync(target, "utf8"));
});

test("a pipe is written into, and stays one", async () => {
  const fifo = join(place, "fifo");
  execFileSync("sh", ["-c", `mkfifo "${fifo}"`]);
  const [text] = await Promise.all([readFile(fifo, "utf8"), exportCsv(fifo)]);
  expect(text).toMatch(/^kind,/);
  expect(statSync(fifo).isFIFO()).toBe(true);
});

test("a folder, a missing folder and a full device are told in one sentence", async () => {
  const cases = [
    [place, "FILE"],
    [join(place, "nowhere", "x.csv"), "FILE"],
    ["/dev/full", "DISK"],
  ] as const;
  for (const [wrong, code] of cases) {
    await expect(exportCsv(wrong)).rejects.toMatchObject({ code, message: expect.stringContaining(wrong) });
  }
});

test("- is handed on, not written to a file", async () => {
  const handed: Uint8Array[] = [];
  await exportReports(join(place, "measurement"), place, [{ form: "json", file: "-" }], async (bytes) => {
    handed.push(bytes);
  });
  expect(JSON.parse(Buffer.concat(handed).toString())).toMatchObject({ type: "report" });
});
