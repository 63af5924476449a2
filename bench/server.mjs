// Load on the local server, through the loopback interface alone: acknowledgements under load, memory over many
// measurements, and what is left after kill -9. See bench/README.md.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { WebSocket } from "ws";

import { Database } from "../dist/server/store/database.js";
import { decodeResponse, encodeRequest } from "../dist/wire/frames.js";
import { encodeAddDataRequest, encodeSubscribeRequest } from "../dist/wire/v1-messages.js";
import { enginePayloads } from "./server-payloads.mjs";

const { values: asked } = parseArgs({
  options: {
    concurrent: { type: "string", default: "200" },
    seconds: { type: "string", default: "20" },
    measurements: { type: "string", default: "500" },
    cores: { type: "string", default: "1" },
    kill: { type: "boolean", default: false },
  },
});
const CHUNK_S = 5;
const LICENCE = "bench-licence";
const CONCURRENT = Number(asked.concurrent);
const CHUNKS = Math.ceil(Number(asked.seconds) / CHUNK_S);
const MEASUREMENTS = Number(asked.measurements);
const AT_ONCE = 16;
const RESULTS_ID = "results000";

const folder = mkdtempSync(join(tmpdir(), "dfxterm-bench-"));
const db = join(folder, "server.db");
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The server as a process of its own, on as many cores as asked for where the system can say so. */
async function startServer() {
  const program = fileURLToPath(new URL("../bin/dfxterm.js", import.meta.url));
  const ports = ["--rest-port", "0", "--ws-port", "0"];
  const serve = [process.execPath, program, "serve", ...ports, "--db", db, "--license-key", LICENCE, "--json-logs"];
  const pinned = process.platform === "linux" && Number(asked.cores) < availableParallelism();
  const [command, ...args] = pinned ? ["taskset", "-c", `0-${Number(asked.cores) - 1}`, ...serve] : serve;
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const addresses = await new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (data) => {
      if (text === undefined) return;
      text += data;
      const line = /^.*"event":"listening".*$/m.exec(text)?.[0];
      if (line === undefined) return;
      text = undefined;
      resolve(JSON.parse(line));
    });
    child.once("error", reject);
    child.once("exit", () => reject(new Error("the server did not start")));
  });
  return { child, exited, ...addresses, study: addresses.studies[0] };
}

async function request(server, method, path, token, body) {
  const response = await fetch(`${server.restUrl}${path}`, {
    method,
    headers: token === undefined ? {} : { authorization: token },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, text, json: text.startsWith("{") ? JSON.parse(text) : undefined };
}

async function logIn(server) {
  const device = (await request(server, "POST", "/organizations/licenses", undefined, { Key: LICENCE })).json.Token;
  const login = { Email: "bench@localhost", Password: "bench" };
  await request(server, "POST", "/users", device, login);
  return (await request(server, "POST", "/users/auth", device, login)).json.Token;
}

async function figures(server) {
  const { text } = await request(server, "GET", "/metrics");
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]),
  );
}

function actionOf(order) {
  return order === CHUNKS - 1 ? "LAST::PROCESS" : order === 0 ? "FIRST::PROCESS" : "CHUNK::PROCESS";
}

/** A client with a socket for results; every other one also sends its chunks over it, the rest over REST. */
class Client {
  acknowledged = 0;
  results = 0;
  sentMs = [];
  #waiting = new Map();
  #resultsDone;
  #resultsLost;

  constructor(server, token, number, told) {
    this.server = server;
    this.token = token;
    this.overSocket = number % 2 === 0;
    this.told = told;
    this.allResults = new Promise((resolve, reject) => {
      this.#resultsDone = resolve;
      this.#resultsLost = reject;
    });
    // Whoever waits is told; nobody may be waiting yet.
    this.allResults.catch(() => undefined);
  }

  async open() {
    const body = { StudyID: this.server.study, Resolution: 100, Mode: "DISCRETE" };
    this.id = (await request(this.server, "POST", "/measurements", this.token, body)).json.ID;
    this.socket = new WebSocket(this.server.wsUrl, { headers: { authorization: this.token } });
    this.socket.on("message", (data) => this.#take(data));
    this.socket.on("error", () => undefined);
    this.socket.on("close", () => {
      const error = new Error("the socket was closed");
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#resultsLost(error);
    });
    await new Promise((resolve, reject) => {
      this.socket.once("open", resolve);
      this.socket.once("error", reject);
    });
    await this.#ask(
      "0510",
      "subscribe0",
      encodeSubscribeRequest({ measurementId: this.id, resultsRequestId: RESULTS_ID }),
    );
  }

  #take(data) {
    const { requestId, status } = decodeResponse(data);
    if (requestId === RESULTS_ID) {
      this.told.resultMs.push(performance.now() - this.sentMs[this.results]);
      this.results += 1;
      if (this.results === CHUNKS) this.#resultsDone();
      return;
    }
    const { resolve, reject } = this.#waiting.get(requestId) ?? {};
    this.#waiting.delete(requestId);
    if (status === 200) resolve?.();
    else reject?.(new Error(`status ${status}`));
  }

  #ask(action, requestId, body) {
    return new Promise((resolve, reject) => {
      if (this.socket.readyState !== WebSocket.OPEN) reject(new Error("the socket is closed"));
      this.#waiting.set(requestId, { resolve, reject });
      this.socket.send(encodeRequest(action, requestId, body));
    });
  }

  async send(order, payload) {
    this.sentMs.push(performance.now());
    if (this.overSocket)
      await this.#ask("0506", `chunk${String(order).padStart(5, "0")}`, socketChunk(this.id, order, payload));
    else await addOverRest(this.server, this.token, this.id, order, payload);
    this.acknowledged += 1;
    this.told.ackMs.push(performance.now() - this.sentMs.at(-1));
  }
}

function socketChunk(measurementId, chunkOrder, { bytes }) {
  const times = { startTimeS: chunkOrder * CHUNK_S, endTimeS: (chunkOrder + 1) * CHUNK_S, durationS: CHUNK_S };
  const action = actionOf(chunkOrder);
  return encodeAddDataRequest({ measurementId, action, chunkOrder, ...times, payload: bytes, meta: new Uint8Array() });
}

async function addOverRest(server, token, id, order, { base64 }, action = actionOf(order)) {
  const times = `"StartTime":${order * CHUNK_S},"EndTime":${(order + 1) * CHUNK_S},"Duration":${CHUNK_S}`;
  const body = `{"ChunkOrder":${order},"Action":"${action}",${times},"Meta":"{}","Payload":"${base64}"}`;
  const { status } = await request(server, "POST", `/measurements/${id}/data`, token, body);
  if (status !== 200) throw new Error(`status ${status}`);
}

/** So many measurements at the same time, their chunks as cameras would give them, spread over the length of a chunk. */
async function startLoad(server, payloads, token) {
  const told = { ackMs: [], resultMs: [] };
  const clients = Array.from({ length: CONCURRENT }, (_, number) => new Client(server, token, number, told));
  for (const client of clients) await client.open();
  const startedMs = performance.now();
  const runs = clients.map(async (client, number) => {
    for (let order = 0; order < CHUNKS; order += 1) {
      await wait(startedMs + (number / CONCURRENT + order + 1) * CHUNK_S * 1000 - performance.now());
      await client.send(order, payloads[order]);
    }
    await client.allResults;
    client.socket.close();
  });
  return { clients, told, done: Promise.allSettled(runs) };
}

function quantiles(list, shares) {
  const sorted = list.toSorted((a, b) => a - b);
  return shares.map((share) => sorted[Math.floor(share * (sorted.length - 1))]?.toFixed(1)).join(" / ");
}

async function measureLoad(server, payloads) {
  const token = await logIn(server);
  const before = await figures(server);
  const startedMs = performance.now();
  const { told, done } = await startLoad(server, payloads, token);
  const failed = (await done).filter(({ status }) => status === "rejected").length;
  const tookS = (performance.now() - startedMs) / 1000;
  const after = await figures(server);
  const grown = (name) => after[name] - (before[name] ?? 0);
  const chunks = grown("dfxterm_acknowledgement_seconds_count");
  const analyses = grown("dfxterm_analysis_seconds_count");
  const perChunk = (name) => ((grown(name) / chunks) * 1000).toFixed(2);
  row(
    `${CONCURRENT} measurements of ${CHUNKS * CHUNK_S} s in chunks of ${CHUNK_S} s, server on ${asked.cores} core(s)`,
    "",
    "",
  );
  row("acknowledgement, median / p95 / p99 ms", quantiles(told.ackMs, [0.5, 0.95, 0.99]), "p99 <= 50");
  row("of it in the server, storing included, mean ms", perChunk("dfxterm_acknowledgement_seconds_sum"), "");
  row("result after its chunk was sent, median / p99 ms", quantiles(told.resultMs, [0.5, 0.99]), "");
  row(
    `analysis per chunk, mean ms (${analyses} analyses, ${chunks} chunks)`,
    perChunk("dfxterm_analysis_seconds_sum"),
    "<= 20",
  );
  row("CPU per chunk, all of the server, ms", perChunk("process_cpu_seconds_total"), "");
  row("cores in use, mean", (grown("process_cpu_seconds_total") / tookS).toFixed(2), "");
  row("clients that failed", String(failed), "0");
}

/** Measurements of one chunk, one after the other, some at a time. */
async function measureMemory(server, payloads) {
  const token = await logIn(server);
  const resident = async () => (await figures(server)).process_resident_memory_bytes / 1024 / 1024;
  let begun = 0;
  let early;
  const worker = async () => {
    while (begun < MEASUREMENTS) {
      begun += 1;
      const number = begun;
      const body = { StudyID: server.study, Resolution: 100, Mode: "DISCRETE" };
      const { ID } = (await request(server, "POST", "/measurements", token, body)).json;
      await addOverRest(server, token, ID, 0, payloads[0], "LAST::PROCESS");
      while ((await request(server, "GET", `/measurements/${ID}`, token)).json.StatusID !== "COMPLETE") await wait(5);
      if (number === Math.ceil(MEASUREMENTS / 5)) early = await resident();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const late = await resident();
  const count = MEASUREMENTS - Math.ceil(MEASUREMENTS / 5);
  row(
    `memory after ${MEASUREMENTS} measurements (growth over the last ${count}), MB`,
    `${late.toFixed(0)} (${(late - early).toFixed(0)})`,
    "flat",
  );
}

/** Kills the server in the middle of the load, starts it again and looks for every chunk that was acknowledged. */
async function measureKill(server, payloads) {
  const { clients, done } = await startLoad(server, payloads, await logIn(server));
  await wait(CHUNKS * CHUNK_S * 1000 * 0.75);
  server.child.kill("SIGKILL");
  await server.exited;
  for (const { socket } of clients) socket.terminate();
  await done;
  const again = await startServer();
  const database = Database.open(db);
  const stored = database.query("SELECT count(*) AS count FROM chunks WHERE measurement_id = ?");
  const lost = clients.reduce((sum, { id, acknowledged }) => sum + Math.max(0, acknowledged - stored.get(id).count), 0);
  const all = clients.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
  database.close();
  row(`chunks lost by kill -9, of ${all} that were acknowledged`, String(lost), "0");
  return again;
}

function row(what, measured, target) {
  process.stdout.write(`| ${what} | ${measured} | ${target} |\n`);
}

async function stop({ child, exited }) {
  child.kill("SIGTERM");
  await exited;
}

const payloads = (await enginePayloads(CHUNKS, CHUNK_S)).map((bytes) => ({ bytes, base64: bytes.toString("base64") }));
if (payloads.length !== CHUNKS) throw new Error(`the engine made ${payloads.length} chunks of ${CHUNKS}`);
let server = await startServer();
try {
  row("what", "measured", "target");
  row("---", "---", "---");
  if (asked.kill) server = await measureKill(server, payloads);
  else {
    await measureLoad(server, payloads);
    await measureMemory(server, payloads);
  }
} finally {
  await stop(server);
  rmSync(folder, { recursive: true, force: true });
}
