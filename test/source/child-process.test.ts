import { expect, test } from "vitest";
import { BoundedText, childEnvironment, runChild } from "../../src/source/child-process.js";

test("a child gets no secrets", () => {
  const env = childEnvironment({ PATH: "/bin", HOME: "/home/me", DFX_PASSWORD: "hunter2", AWS_SECRET: "x" });
  expect(env).toEqual({ PATH: "/bin", HOME: "/home/me", AV_LOG_FORCE_NOCOLOR: "1" });
});

test("endless complaints keep their beginning and their end in bounded memory", () => {
  const text = new BoundedText(10, 6);
  text.add("begin");
  for (let i = 0; i < 1_000; i += 1) text.add(`-${i}`);
  expect(text.text).toBe("begin-0-1-\n98-999");
});

test("a program that is not there is an answer, not an exception", async () => {
  const { end } = await runChild("/nowhere/ffmpeg", []);
  expect(end.startError?.code).toBe("ENOENT");
});

test("a program that hangs is ended", async () => {
  const { end, timedOut } = await runChild("/bin/sleep", ["60"], { timeoutMs: 50 });
  expect(end.killedBy).toBe("SIGKILL");
  expect(timedOut).toBe(true);
});

test("a program that hangs behind a wrapper script is given up in time", async () => {
  const startMs = performance.now();
  const { end, timedOut } = await runChild("/bin/sh", ["-c", "sleep 4; true"], { timeoutMs: 50 });
  expect(end.killedBy).toBe("SIGKILL");
  expect(timedOut).toBe(true);
  expect(performance.now() - startMs).toBeLessThan(2_000);
});
