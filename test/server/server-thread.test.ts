import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";

import type { LogEntry } from "../../src/server/log.js";
import type { startServerThread as Start } from "../../src/server/server-thread.js";
import { Harness, LICENSE, payloadBytes, restChunk, STUDY } from "./harness.js";

// A thread cannot be started from TypeScript, so this runs what `npm run build` has made.
const BUILT = new URL("../../dist/server/server-thread.js", import.meta.url).href;
const { startServerThread } = (await import(BUILT)) as { startServerThread: typeof Start };

const OPTIONS = { restPort: 0, wsPort: 0, licenseKeys: [LICENSE], studies: [{ id: STUDY, name: "Test" }] };

describe("the server in a thread of its own", () => {
  test("serves a measurement with the real analysis, passes its log on and ends", async () => {
    const log: LogEntry[] = [];
    const server = await startServerThread({ ...OPTIONS, log: (entry) => log.push(entry) });
    const harness = new Harness(server, log);
    const token = await harness.userToken();
    const id = await harness.measurement(token);
    expect(await harness.addData(token, id)).toMatchObject({ status: 200 });
    const payload = Buffer.from(payloadBytes(1)).toString("base64");
    await harness.addData(token, id, { ...restChunk({ ChunkOrder: 1, Payload: payload }), Action: "LAST::PROCESS" });
    expect(await harness.untilStatus(token, id, "COMPLETE")).toMatchObject({ StatusID: "COMPLETE" });
    const startedMs = Date.now();
    await harness.close();
    expect(Date.now() - startedMs).toBeLessThan(3_000);
    expect(await server.ended).toBeUndefined();
    expect(log.some(({ text }) => text.includes("analysed"))).toBe(true);
    await server.close();
  });

  test("a port that is taken is the same error as without a thread", async () => {
    const first = await startServerThread(OPTIONS);
    const port = Number(new URL(first.restUrl).port);
    await expect(startServerThread({ ...OPTIONS, restPort: port })).rejects.toMatchObject({
      code: "PORT_IN_USE",
      message: `Port ${port} on 127.0.0.1 is in use: stop the other program or choose another with --rest-port.`,
    });
    await first.close();
  });

  test("a thread that died is an error on use, and closing it is harmless", async () => {
    // setTimeout does not take a bigint: the first socket without a token makes the thread fail.
    const limits = { loginMsMax: 1n as unknown as number };
    const server = await startServerThread({ ...OPTIONS, limits });
    const socket = new WebSocket(server.wsUrl);
    socket.on("error", () => undefined);
    const death = await server.ended;
    expect(death).toMatchObject({ name: "AppError", code: "INTERNAL" });
    expect(death?.message).toMatch(/^The local server stopped unexpectedly \(.*\): start it again\.$/);
    expect(() => server.restUrl).toThrow(death);
    expect(() => server.wsUrl).toThrow(death);
    await server.close();
  });
});
