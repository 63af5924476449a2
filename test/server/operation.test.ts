import { readFileSync } from "node:fs";
import { get } from "node:https";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";

import { startServer } from "../../src/server/server.js";
import { Database } from "../../src/server/store/database.js";
import { freshFolder } from "../helpers/program.js";
import { partsOf, subscribe } from "./frames.js";
import { Client, EMAIL, type Harness, PASSWORD, restChunk, STUDY, withServer } from "./harness.js";

const pem = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`./tls/${name}.pem`, import.meta.url)), "utf8");
const TLS = { cert: pem("server-cert"), key: pem("server-key") };

/** The figures of /metrics, by name with labels. */
async function figuresOf(harness: Harness): Promise<Record<string, number>> {
  const text = await (await fetch(`${harness.server.restUrl}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

const slow = (): never => {
  const until = Date.now() + 100;
  while (Date.now() < until);
  throw new Error("late");
};

describe("health", () => {
  test("/status says that the server is active, without a token", async () => {
    await withServer({ version: "1.2.3" }, async (harness) => {
      expect(await harness.request("GET", "/status")).toMatchObject({
        status: 200,
        json: { StatusID: "ACTIVE", Version: "1.2.3" },
      });
    });
  });

  test("/status says that a server that is closing is in maintenance, and one that is behind is slow", async () => {
    await withServer({ analyse: slow, limits: { analysesWaitingMax: 1 } }, async (harness) => {
      const token = await harness.userToken();
      const ids = await Promise.all([1, 2, 3, 4].map(() => harness.measurement(token)));
      await Promise.all(ids.map((id) => harness.addData(token, id)));
      expect((await harness.request("GET", "/status")).json["StatusID"]).toBe("LATENCY");
      const closing = harness.server.close();
      expect((await harness.request("GET", "/status")).json["StatusID"]).toBe("MAINTENANCE");
      await closing;
    });
  });

  test("a store that cannot be written to is 503 for whoever needs it, and an error in /status for a while", async () => {
    let nowMs = 1_000_000;
    const db = join(freshFolder("operation"), "server.db");
    await withServer({ db, nowMs: () => nowMs }, async (harness) => {
      const token = await harness.userToken();
      const id = await harness.measurement(token);
      const other = Database.open(db);
      other.execute("BEGIN EXCLUSIVE");
      expect(await harness.addData(token, id)).toMatchObject({ status: 503, json: { Code: "SERVICE_UNAVAILABLE" } });
      expect((await harness.request("GET", "/status")).json["StatusID"]).toBe("ERROR");
      expect(harness.log.some(({ level, text }) => level === "error" && text.includes("locked"))).toBe(true);
      other.execute("ROLLBACK");
      other.close();
      expect(await harness.addData(token, id)).toMatchObject({ status: 200 });
      nowMs += 31_000;
      expect((await harness.request("GET", "/status")).json["StatusID"]).toBe("ACTIVE");
    });
  });

  test("/metrics counts in Prometheus' text format, and holds no ID, name or secret", async () => {
    await withServer({}, async (harness) => {
      const token = await harness.userToken();
      const id = await harness.measurement(token);
      const client = await harness.connect(token);
      client.send(subscribe("0123456789", id, "results-01"));
      client.send(Buffer.from("09990123456789"));
      await client.next();
      await client.next();
      await harness.addData(token, id);
      await harness.addData(token, id, { ChunkOrder: 5 });
      await harness.addData(token, id, { ChunkOrder: 1, Action: "LAST::PROCESS" });
      await harness.untilStatus(token, id, "COMPLETE");
      await harness.request("GET", "/no/such/path");
      const figures = await figuresOf(harness);
      expect(figures).toMatchObject({
        'dfxterm_http_requests_total{endpoint="506",status="200"}': 2,
        'dfxterm_http_requests_total{endpoint="506",status="400"}': 1,
        'dfxterm_http_requests_total{endpoint="none",status="404"}': 1,
        'dfxterm_http_request_seconds_count{endpoint="506"}': 3,
        'dfxterm_http_request_seconds_bucket{endpoint="506",le="+Inf"}': 3,
        'dfxterm_socket_messages_total{action="0510",status="200"}': 1,
        'dfxterm_socket_messages_total{action="other",status="400"}': 1,
        'dfxterm_refusals_total{code="MISALIGNED_CHUNK"}': 1,
        dfxterm_acknowledgement_seconds_count: 2,
        'dfxterm_results_total{code="OK"}': 2,
        dfxterm_measurements_total: 1,
        dfxterm_sockets_open: 1,
        dfxterm_analyses_waiting: 0,
      });
      expect(Object.values(figures).every((value) => Number.isFinite(value))).toBe(true);
      const response = await fetch(`${harness.server.restUrl}/metrics`);
      expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
      const text = await response.text();
      for (const secret of [id, token.slice(7), EMAIL, PASSWORD, STUDY]) expect(text).not.toContain(secret);
    });
  });
});

describe("rates", () => {
  test("are free unless they are limited", async () => {
    await withServer({}, async (harness) => {
      const token = await harness.userToken();
      const id = await harness.measurement(token, { Mode: "VIDEO" });
      for (let order = 0; order < 10; order += 1) {
        expect(await harness.addData(token, id, { ChunkOrder: order, Duration: 30 })).toMatchObject({ status: 200 });
      }
    });
  });

  test("are not judged by a clock that was set back", async () => {
    let nowMs = 1_000_000_000;
    for (const limits of [{}, { dataRateMax: 1 }]) {
      await withServer({ limits, nowMs: () => nowMs }, async (harness) => {
        const token = await harness.userToken();
        const id = await harness.measurement(token);
        expect(await harness.addData(token, id, { ChunkOrder: 0 })).toMatchObject({ status: 200 });
        nowMs -= 10_800_000;
        expect(await harness.addData(token, id, { ChunkOrder: 1 })).toMatchObject({ status: 200 });
      });
    }
  });

  test("above the limit are RATE_LIMIT with the time to wait, and what was refused can be sent again", async () => {
    let nowMs = 1_000_000;
    await withServer({ limits: { dataRateMax: 1 }, nowMs: () => nowMs }, async (harness) => {
      const token = await harness.userToken();
      const id = await harness.measurement(token);
      const send = async (order: number): Promise<Response> =>
        await fetch(`${harness.server.restUrl}/measurements/${id}/data`, {
          method: "POST",
          headers: { authorization: token },
          body: JSON.stringify(restChunk({ ChunkOrder: order })),
        });
      expect((await send(0)).status).toBe(200);
      const tooFast = await send(1);
      expect(tooFast.status).toBe(429);
      expect(await tooFast.json()).toMatchObject({ Code: "RATE_LIMIT" });
      expect(Number(tooFast.headers.get("retry-after"))).toBe(4);
      nowMs += 4000;
      expect((await send(1)).status).toBe(200);
      nowMs += 5000;
      expect((await send(2)).status).toBe(200);
    });
  });

  test("of passwords say when to come back", async () => {
    await withServer({ limits: { wrongPasswordsPerMinuteMax: 1 } }, async (harness) => {
      const device = await harness.deviceToken();
      await harness.userToken();
      const guess = { Email: EMAIL, Password: "wrong secret" };
      await harness.post("/users/auth", device, guess);
      const response = await fetch(`${harness.server.restUrl}/users/auth`, {
        method: "POST",
        headers: { authorization: device },
        body: JSON.stringify(guess),
      });
      expect(response.status).toBe(429);
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(50);
      await response.text();
      expect(harness.log.some(({ fields }) => fields?.["code"] === "TOO_MANY_REQUESTS")).toBe(true);
      expect(JSON.stringify(harness.log)).not.toContain("wrong secret");
    });
  });
});

describe("TLS", () => {
  test("carries REST and WebSocket", async () => {
    await withServer({ tls: TLS }, async (harness) => {
      const { restUrl, wsUrl } = harness.server;
      expect([restUrl.slice(0, 8), wsUrl.slice(0, 6)]).toEqual(["https://", "wss://"]);
      const body = await new Promise<string>((resolve, reject) => {
        get(`${restUrl}/status`, { ca: TLS.cert }, (response) => {
          response.on("data", (data: Buffer) => resolve(data.toString()));
        }).on("error", reject);
      });
      expect(body).toContain("ACTIVE");
      const client = new Client(new WebSocket(wsUrl, { ca: TLS.cert }));
      await client.opened();
      client.send(Buffer.from("09990123456789"));
      expect(partsOf(await client.next())).toMatchObject({ id: "0123456789", status: "400" });
      client.socket.close();
      await client.closed();
    });
  });

  test.each([
    ["a key of another certificate", { ...TLS, key: pem("other-key") }, /do not belong together/],
    ["no certificate", { ...TLS, cert: "hello" }, /cannot be used/],
    ["an empty key", { ...TLS, key: "" }, /cannot be used|belong/],
  ])("%s is told before anything is opened", async (_what, tls, words) => {
    const options = { restPort: 0, wsPort: 0, licenseKeys: [], studies: [], tls };
    await expect(startServer(options)).rejects.toMatchObject({ code: "USAGE" });
    await expect(startServer(options)).rejects.toThrow(words);
  });
});

describe("IDs", () => {
  test.each([
    "..",
    "../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%00",
    "0\u0000",
    "' OR '1'='1",
    "00000000-0000-4000-8000-00000000000%",
    "A".repeat(64),
  ])("%j in a path or a message is a measurement that nobody knows", async (id) => {
    await withServer({}, async (harness) => {
      const token = await harness.userToken();
      const path = await harness.request("GET", `/measurements/${encodeURIComponent(id)}`, token);
      expect(path.status).toBe(404);
      expect(path.json["Code"]).toBe(id === ".." ? "NOT_FOUND" : "INVALID_MEASUREMENT");
      const client = await harness.connect(token);
      client.send(subscribe("0123456789", id, "results-01"));
      expect(partsOf(await client.next()).status).toBe("404");
    });
  });

  test("with control characters are refused where clients may choose them", async () => {
    await withServer({}, async (harness) => {
      const token = await harness.userToken();
      const create = async (fields: object) =>
        await harness.post("/measurements", token, { StudyID: STUDY, ...fields });
      expect(await create({ UserProfileID: "a\u0000b" })).toMatchObject({ status: 400 });
      expect(await create({ UserProfileID: "x".repeat(101) })).toMatchObject({ status: 400 });
      expect(await create({ StudyID: `${STUDY}\u0000` })).toMatchObject({ status: 400 });
      const device = await harness.deviceToken();
      const login = { Email: `${EMAIL}\u0000`, Password: PASSWORD };
      expect(await harness.post("/users", device, login)).toMatchObject({ json: { Code: "VALIDATION_ERROR" } });
      expect(await harness.post("/users/auth", device, login)).toMatchObject({ json: { Code: "INVALID_USER" } });
    });
  });
});
