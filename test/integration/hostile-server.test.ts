import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { expect, test } from "vitest";

import { cleanEnv, clip, type Finished, jsonLines, projectRoot, run, summaryOf } from "../helpers/program.js";
import { type Stub, type StubScript, startStub } from "../helpers/stub-server.js";

// The whole program at servers that do wrong things. What the client makes of each is in test/api.

const ACCOUNT = {
  DFXTERM_LICENSE_KEY: "licence-key",
  DFXTERM_STUDY_ID: "study",
  DFXTERM_EMAIL: "a@b.c",
  DFXTERM_PASSWORD: "secret-word",
};

async function withStub(script: StubScript, check: (stub: Stub) => Promise<void>): Promise<void> {
  const stub = await startStub(script);
  try {
    await check(stub);
  } finally {
    await stub.close();
  }
}

async function measureAt(urls: { restUrl: string; wsUrl: string }, ...more: string[]): Promise<Finished> {
  const addresses = ["--rest-url", urls.restUrl, "--ws-url", urls.wsUrl];
  const args = ["measure", "default", clip, ...addresses, "--chunklength", "5", "--json", ...more];
  return await run(args, cleanEnv(ACCOUNT));
}

/** One sentence on stderr, the same in the summary, and nothing secret anywhere. */
function checkFailed(end: Finished, status: number, sentence: RegExp): void {
  expect(end.stderr).toMatch(sentence);
  expect(end.stderr.trimEnd().split("\n")).toHaveLength(1);
  expect(end.status).toBe(status);
  const { error } = summaryOf(end);
  expect(end.stderr).toBe(`dfxterm: ${error?.message}\n`);
  for (const secret of ["licence-key", "secret-word", "user-token"])
    expect(end.stdout + end.stderr).not.toContain(secret);
}

test.each([
  ["REST", "json"],
  ["websocket", "json"],
])("version 2 by %s with %s messages: a whole measurement", async (method, subprotocol) => {
  await withStub({}, async (stub) => {
    const end = await measureAt(stub, "--api", "v2", "--send-method", method, "--subprotocol", subprotocol);
    expect(end.stderr).toBe("");
    expect(end.status).toBe(0);
    const { chunks, measurements, metrics } = summaryOf(end);
    expect(chunks).toEqual({ planned: 4, extracted: 4, acknowledged: 4, results: 4 });
    expect(measurements).toMatchObject([{ chunks: [0, 1, 2, 3], metrics: { HR_BPM: { mean: 75 } } }]);
    expect(metrics["HR_BPM"]?.mean).toBe(75);
    expect(stub.stored).toEqual([0, 1, 2, 3]);
    expect(stub.upgrades[0]?.["sec-websocket-protocol"]).toBe(subprotocol);
  });
});

test("a measurement that is closed early is told as the two that it became", async () => {
  await withStub({ chunksMax: 2 }, async (stub) => {
    const end = await measureAt(stub, "--send-method", "ws");
    expect(end.status).toBe(0);
    const { chunks, measurements, measurementId, metrics, paths } = summaryOf(end);
    expect(chunks).toEqual({ planned: 4, extracted: 4, acknowledged: 4, results: 4 });
    expect(measurements).toMatchObject([
      { id: stub.measurements[0]?.id, chunks: [0, 1], metrics: { HR_BPM: { mean: 73 } } },
      { id: stub.measurements[1]?.id, chunks: [2, 3], metrics: { HR_BPM: { mean: 75 } } },
    ]);
    expect(measurementId).toBe(stub.measurements[1]?.id);
    expect(metrics["HR_BPM"]?.mean).toBe(75);
    expect(readdirSync(paths.folder ?? "").filter((name) => name.startsWith("final"))).toEqual([
      "final-0.json",
      "final.json",
    ]);
    const lines = jsonLines(end.stdout);
    expect(lines.filter(({ type }) => type === "created")).toHaveLength(2);
    const steps = lines.flatMap(({ step, phase }) => (phase === "connecting" ? [step] : []));
    expect(steps).toContain("subscribing to the results");
    expect(steps).not.toContain("waiting for another dfxterm");
    const news = lines.flatMap(({ type, text }) => (type === "message" ? [text] : []));
    expect(news.filter((text) => text === "fetching the final results")).toHaveLength(2);
    expect(news).toContain("creating the measurement");
    // Whoever watches is still measuring while the second one is made.
    const phases = lines.filter(({ type }) => type === "phase").map(({ phase }) => phase);
    expect(phases.slice(phases.indexOf("measuring"))).toEqual(["measuring", "finishing", "completed"]);
  });
});

test("a token that expires in the middle is got anew with the password, and nothing is sent twice", async () => {
  const script: StubScript = {
    rest: ({ path }, count) =>
      path.endsWith("/data") && count === 3 ? { status: 401, body: { Code: "TOKEN_EXPIRED" } } : undefined,
  };
  await withStub(script, async (stub) => {
    const end = await measureAt(stub);
    expect(end.stderr).toBe("");
    expect(end.status).toBe(0);
    expect(summaryOf(end).chunks).toMatchObject({ acknowledged: 4, results: 4 });
    expect(stub.stored).toEqual([0, 1, 2, 3]);
    expect(stub.requests.filter(({ path }) => path === "/users/auth")).toHaveLength(2);
  });
});

test("a token that expires where nobody can log in again ends it; what was captured is kept", async () => {
  const script: StubScript = {
    rest: ({ path }, count) => {
      if (path.endsWith("/data") && count >= 3) return { status: 401, body: { Code: "TOKEN_EXPIRED" } };
      if (path === "/users/auth" && count > 1) return { status: 401, body: { Code: "INVALID_PASSWORD" } };
      return undefined;
    },
  };
  await withStub(script, async (stub) => {
    const end = await measureAt(stub);
    checkFailed(end, 4, /password/);
    const { chunks, paths } = summaryOf(end);
    expect(chunks).toMatchObject({ acknowledged: 2 });
    expect(existsSync(join(paths.chunks ?? "", "payload2.bin"))).toBe(true);
    expect(stub.stored).toEqual([0, 1]);
  });
});

test("data that the server does not understand is refused with its own status", async () => {
  const script: StubScript = {
    rest: ({ path }) =>
      path.endsWith("/data")
        ? { status: 400, body: { Code: "UNPACKER_RPC_ERROR", Message: "unknown engine" } }
        : undefined,
  };
  await withStub(script, async (stub) => {
    checkFailed(await measureAt(stub), 8, /refused chunk 0 \(UNPACKER_RPC_ERROR: unknown engine\)\. It does not/);
  });
});

test("a length that version 2 does not take is refused before anything is sent", async () => {
  await withStub({}, async (stub) => {
    const end = await measureAt(stub, "--api", "v2", "--measurement-mode", "video", "--videolength", "300");
    expect(end.stderr).toMatch(
      /with --api v2 a measurement lasts at most 120 s: give a smaller --videolength or --api v1/,
    );
    expect(end.status).toBe(2);
    expect(stub.requests).toEqual([]);
  });
});

test("a name that nobody has is told as such", async () => {
  const nobody = { restUrl: "https://nobody.invalid", wsUrl: "wss://nobody.invalid" };
  checkFailed(await measureAt(nobody), 5, /nobody\.invalid.*its name cannot be found/);
});

test("certificates of nobody and of somebody else are refused", async () => {
  const [key, cert] = ["key.pem", "cert.pem"].map((name) => join(projectRoot, "test", "helpers", "tls", name));
  const options = { key: readFileSync(key ?? ""), cert: readFileSync(cert ?? "") };
  const server = createServer(options, (_request, response) => response.end());
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const at = ["--rest-url", `https://127.0.0.1:${port}`, "--ws-url", `wss://127.0.0.1:${port}`, "--json"];
  const args = ["measure", "default", clip, ...at];
  try {
    // Nor can the usual variable make the program take any certificate.
    const lax = cleanEnv({ ...ACCOUNT, NODE_TLS_REJECT_UNAUTHORIZED: "0", NODE_NO_WARNINGS: "1" });
    checkFailed(await run(args, lax), 5, /no trusted TLS connection \(DEPTH_ZERO_SELF_SIGNED_CERT\)/);
    const trusting = cleanEnv({ ...ACCOUNT, NODE_EXTRA_CA_CERTS: cert });
    checkFailed(await run(args, trusting), 5, /its certificate is for another host \(ERR_TLS_CERT_ALTNAME_INVALID\)/);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
