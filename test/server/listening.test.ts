import { once } from "node:events";
import { createServer, type Server } from "node:net";

import { describe, expect, test } from "vitest";

import { AppError } from "../../src/domain/errors.js";
import { type ServerOptions, startServer } from "../../src/server/server.js";
import { countChunks, withServer } from "./harness.js";

const OPTIONS: ServerOptions = { restPort: 0, wsPort: 0, licenseKeys: ["k"], studies: [], analyse: countChunks };

async function occupied(use: (port: number) => Promise<void>): Promise<void> {
  const other: Server = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const address = other.address();
  try {
    await use(typeof address === "object" ? (address?.port ?? 0) : 0);
  } finally {
    other.close();
  }
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  let free = 0;
  await occupied((port) => {
    free = port;
    return Promise.resolve();
  });
  return free;
}

async function failure(options: ServerOptions): Promise<AppError> {
  const error: unknown = await startServer(options).then(
    (server) => server.close(),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
}

describe("listening", () => {
  test("is for this machine only unless told otherwise, on two ports", async () => {
    await withServer({}, async ({ server }) => {
      expect(server.restUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      expect(server.wsUrl).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
      expect(new URL(server.restUrl).port).not.toBe(new URL(server.wsUrl).port);
    });
  });

  test("one port for both serves both", async () => {
    const port = await freePort();
    await withServer({ restPort: port, wsPort: port }, async (harness) => {
      expect(harness.server).toMatchObject({ restUrl: `http://127.0.0.1:${port}`, wsUrl: `ws://127.0.0.1:${port}` });
      const client = await harness.connect(await harness.userToken());
      expect(client.socket.readyState).toBe(client.socket.OPEN);
    });
  });

  test("the WebSocket port says what it is for, and only its root is a WebSocket", async () => {
    await withServer({}, async (harness) => {
      const url = harness.server.wsUrl.replace("ws:", "http:");
      const response = await fetch(`${url}/users`);
      expect(response.status).toBe(426);
      expect(await response.json()).toMatchObject({ Code: "UPGRADE_REQUIRED" });
      const token = await harness.userToken();
      const elsewhere = await fetch(`${harness.server.restUrl}/`, { headers: { authorization: token } });
      expect(elsewhere.status).toBe(404);
    });
  });

  test("a REST port that is taken is named, with the way out", async () => {
    await occupied(async (port) => {
      const error = await failure({ ...OPTIONS, restPort: port });
      expect(error.code).toBe("PORT_IN_USE");
      expect(error.message).toBe(
        `Port ${port} on 127.0.0.1 is in use: stop the other program or choose another with --rest-port.`,
      );
    });
  });

  test("a WebSocket port that is taken is named, and the REST port is given back", async () => {
    await occupied(async (port) => {
      const restPort = await freePort();
      const error = await failure({ ...OPTIONS, restPort, wsPort: port });
      expect(error.message).toBe(
        `Port ${port} on 127.0.0.1 is in use: stop the other program or choose another with --ws-port.`,
      );
      const again = await startServer({ ...OPTIONS, restPort });
      await again.close();
    });
  });

  test("an address of another machine, and a number that is no port, are named", async () => {
    expect(await failure({ ...OPTIONS, host: "192.0.2.1" })).toMatchObject({
      code: "USAGE",
      message: "192.0.2.1 is no address of this machine: choose another with --host.",
    });
    for (const restPort of [-1, 65_536, 1.5, Number.NaN]) {
      expect(await failure({ ...OPTIONS, restPort })).toMatchObject({ code: "USAGE" });
    }
  });

  test("the same port can be used again at once after closing", async () => {
    const port = await freePort();
    for (let round = 0; round < 3; round += 1) {
      const server = await startServer({ ...OPTIONS, restPort: port, wsPort: port });
      await server.close();
    }
    const last = await startServer({ ...OPTIONS, restPort: port });
    expect(last.restUrl).toBe(`http://127.0.0.1:${port}`);
    await last.close();
  });
});
