import { closeSync, openSync } from "node:fs";

import { expect, test } from "vitest";

import { loadAddon } from "../../src/native/addon.js";
import { makePipe } from "../../src/source/frame-pipe.js";

const addon = loadAddon();

test.skipIf(process.platform !== "linux")(
  "the pipe of the frames holds more than the usual 64 KiB, where allowed",
  async () => {
    const asked: number[] = [];
    let heldBytes = 0;
    const ends = await makePipe((fd, bytes) => {
      asked.push(fd, bytes);
      heldBytes = addon.widenPipe(fd, bytes);
      return heldBytes;
    });
    expect(asked).toEqual([ends?.readFd, 2 ** 20]);
    // A user with very many pipes may be refused; the pipe then stays as it is.
    expect(heldBytes).toBeGreaterThanOrEqual(4096);
    expect(addon.widenPipe(asked[0] ?? -1, 4096)).toBe(heldBytes);
    for (const fd of [ends?.readFd, ends?.writeFd]) if (fd !== undefined) closeSync(fd);
  },
);

test("what is no pipe, or is not open, is left alone", () => {
  const fd = openSync("/dev/null", "r");
  expect(addon.widenPipe(fd, 65_536)).toBe(0);
  closeSync(fd);
  expect(addon.widenPipe(fd, 65_536)).toBe(0);
});
