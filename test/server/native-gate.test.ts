import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { NativeGate } from "../../src/server/store/native-gate.js";
import { freshFolder } from "../helpers/program.js";

// Threads cannot be started from TypeScript, so this runs what `npm run build` has made.
const built = (name: string): string => JSON.stringify(new URL(`../../dist/server/store/${name}.js`, import.meta.url));

/** Prepares one statement after the other: there, libsql aborts when its thread is ended. */
const THREAD = `
import { parentPort, workerData } from "node:worker_threads";
const { Database, passThrough } = await import(${built("database")});
const { NativeGate } = await import(${built("native-gate")});
const gate = NativeGate.from(workerData.gate);
passThrough(gate);
gate.leave();
const database = Database.open(workerData.path);
parentPort.postMessage("runs");
for (;;) database.query("SELECT 1");
`;

/** A program that has such a thread and then does something; its exit status. */
function statusOf(ending: string): number | null {
  const folder = freshFolder("gate");
  writeFileSync(join(folder, "thread.mjs"), THREAD);
  const program = `
import { once } from "node:events";
import { Worker } from "node:worker_threads";
const { NativeGate } = await import(${built("native-gate")});
const path = ${JSON.stringify(join(folder, "store.db"))};
for (let round = 0; round < 5; round += 1) {
  const gate = NativeGate.forThread();
  const worker = new Worker(${JSON.stringify(join(folder, "thread.mjs"))}, { workerData: { path, gate: gate.shared } });
  worker.on("error", () => undefined);
  await once(worker, "message");
  await new Promise((resolve) => setTimeout(resolve, 20));
  ${ending}
}`;
  writeFileSync(join(folder, "program.mjs"), program);
  return spawnSync(process.execPath, [join(folder, "program.mjs")], { stdio: "ignore" }).status;
}

test("a thread that is ended inside the database takes nothing else with it", () => {
  expect(statusOf("await gate.shut(); await worker.terminate(); gate.forget();")).toBe(0);
});

test("a program that exits while a thread is inside the database keeps its status", () => {
  expect(statusOf("process.exit(7);")).toBe(7);
});

test("threads that hang inside are waited for together, not one after the other", () => {
  const startedMs = performance.now();
  expect(statusOf("for (let i = 0; i < 3; i += 1) NativeGate.forThread(); process.exit(7);")).toBe(7);
  expect(performance.now() - startedMs).toBeLessThan(7_000);
}, 20_000);

test("whoever is inside is waited for, and nobody enters any more", async () => {
  const gate = NativeGate.forThread();
  const shut = gate.shut();
  const first = await Promise.race([shut.then(() => "shut"), new Promise((resolve) => setTimeout(resolve, 50))]);
  expect(first).toBeUndefined();
  gate.leave();
  await shut;
  expect(() => gate.through(() => 1)).toThrow("being ended");
  gate.forget();
});

test("a call that fails leaves the way free", () => {
  const gate = NativeGate.forThread();
  gate.leave();
  expect(() => gate.through(() => JSON.parse("{") as unknown)).toThrow(SyntaxError);
  expect(gate.through(() => 2)).toBe(2);
  gate.forget();
});
