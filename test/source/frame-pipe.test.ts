import { spawn } from "node:child_process";
import { closeSync } from "node:fs";

import { expect, test } from "vitest";

import { loadAddon } from "../../src/native/addon.js";
import { DirectFramePipe, type FramePipe, makePipe } from "../../src/source/frame-pipe.js";

const FRAME_BYTES = 1_382_400;
const FRAMES = 20;
/** Writes as ffmpeg does, 32 KiB at a time; byte n of everything is n modulo 251. */
const WRITER = `
  const { writeSync } = require("node:fs");
  const all = Buffer.alloc(${FRAME_BYTES * FRAMES} - 7, Uint8Array.from({ length: 251 }, (_, n) => n));
  for (let at = 0; at < all.length; ) at += writeSync(1, all, at, Math.min(32768, all.length - at));`;

async function fillFrom(pipe: FramePipe, buffer: Uint8Array): Promise<number> {
  return await pipe.fill(buffer);
}

/** The lengths of all frames, and where the first wrong byte is. */
async function readAll(widen: ((fd: number, bytes: number) => number) | undefined) {
  const ends = await makePipe(widen);
  if (!ends) throw new Error("there is no mkfifo");
  const child = spawn(process.execPath, ["-e", WRITER], { stdio: ["ignore", ends.writeFd, "inherit"] });
  closeSync(ends.writeFd);
  const pipe = new DirectFramePipe(ends.readFd, ends.bytes);
  const buffer = new Uint8Array(FRAME_BYTES);
  const lengths: number[] = [];
  let wrongAt: number | undefined;
  for (let filled = buffer.length; filled === buffer.length; ) {
    filled = await fillFrom(pipe, buffer);
    const from = FRAME_BYTES * lengths.push(filled) - FRAME_BYTES;
    const at = buffer.subarray(0, filled).findIndex((byte, index) => byte !== (from + index) % 251);
    if (at >= 0) wrongAt ??= from + at;
  }
  pipe.close();
  expect(child.exitCode ?? 0).toBe(0);
  return { lengths, wrongAt };
}

test.each([
  ["as the system makes it", undefined],
  ["as wide as may be", (fd: number, bytes: number) => loadAddon().widenPipe(fd, bytes)],
])("everything comes through a pipe %s, to the last byte and in its order", async (_, widen) => {
  const { lengths, wrongAt } = await readAll(widen);
  expect(wrongAt).toBeUndefined();
  expect(lengths).toEqual(Array.from({ length: FRAMES }, (_all, frame) => FRAME_BYTES - (frame < FRAMES - 1 ? 0 : 7)));
});

test("a pending read ends when the pipe is closed, also while reading rests", async () => {
  const ends = await makePipe((fd, bytes) => loadAddon().widenPipe(fd, bytes));
  if (!ends) throw new Error("there is no mkfifo");
  const child = spawn(process.execPath, ["-e", 'process.stdout.write("abc"); setInterval(() => {}, 1000)'], {
    stdio: ["ignore", ends.writeFd, "inherit"],
  });
  closeSync(ends.writeFd);
  const pipe = new DirectFramePipe(ends.readFd, ends.bytes);
  const buffer = new Uint8Array(FRAME_BYTES);
  const filled = fillFrom(pipe, buffer);
  while (buffer[0] === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  pipe.close();
  expect(await filled).toBe(3);
  child.kill("SIGKILL");
});
