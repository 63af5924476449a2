import { createServer, type Server, type Socket } from "node:net";

import { afterEach, expect, test, vi } from "vitest";

import { patiently } from "../../src/cli/patience.js";
import { cleanEnv, freshFolder, start } from "../helpers/program.js";

let server: Server | undefined;
const sockets = new Set<Socket>();

/** Takes connections and says nothing. */
async function silentServer(): Promise<string> {
  const listening = createServer((socket) => sockets.add(socket.on("error", () => undefined)));
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const address = listening.address();
  return `127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
}

const counting = async (): Promise<string> =>
  await new Promise((resolve) => void setTimeout(() => resolve("done"), 21_500));

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  server?.close();
});

test("whoever waits for a server that does not answer is told so", async () => {
  const address = await silentServer();
  const account = { DFXTERM_LICENSE_KEY: "key", DFXTERM_EMAIL: "ada@example.org", DFXTERM_PASSWORD: "word" };
  const env = cleanEnv({ ...account, DFXTERM_CONFIG_DIR: freshFolder("config") });
  const there = ["--rest-url", `http://${address}`, "--ws-url", `ws://${address}`];
  const heard = ["doctor", "login", "status"].map(async (command) => {
    const { child, finished } = start([command, ...there], env);
    child.stderr?.once("data", () => child.kill("SIGKILL"));
    return (await finished).stderr;
  });
  const [doctor, login, status] = await Promise.all(heard);
  expect(doctor).toBe("dfxterm: looking at this computer and at the server ...\n");
  expect(login).toBe(`dfxterm: waiting for server ${address} ...\n`);
  expect(status).toBe(login);
});

test("a wait is told after less than a second and again every ten, and no more when it is over", async () => {
  vi.useFakeTimers();
  const told = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const waiting = patiently("counting", counting);
  await vi.advanceTimersByTimeAsync(21_500);
  expect(await waiting).toBe("done");
  await vi.advanceTimersByTimeAsync(60_000);
  const lines = told.mock.calls.map(([text]) => text);
  expect(lines).toEqual([
    "dfxterm: counting ...\n",
    "dfxterm: counting ... (11 s)\n",
    "dfxterm: counting ... (21 s)\n",
  ]);
});

test("what is quick is not told", async () => {
  const told = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  expect(await patiently("counting", async () => await Promise.resolve(3))).toBe(3);
  expect(told).not.toHaveBeenCalled();
});
