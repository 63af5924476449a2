import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";

import { WebSocket } from "ws";
import type { Analyse } from "../../src/server/analyser.js";
import type { LogEntry } from "../../src/server/log.js";
import { type RunningServer, type ServerOptions, startServer } from "../../src/server/server.js";
import { pulsePayload, writePayload } from "../wire/payload-writer.js";

// A real server on free ports and raw clients that know nothing but fetch, ws and bytes.

export const LICENSE = "test-licence-key";
export const STUDY = "test-study";
export const EMAIL = "someone@example.org";
export const PASSWORD = "a good password";
const PATIENCE_MS = 5_000;

/** Stands in for the analysis: one value per frame of the newest chunk, from the green of the first region. */
export const perFrame: Analyse = (chunks) => {
  const green = Array.from(chunks.at(-1)?.regions[0]?.green ?? []);
  const mean = green.reduce((sum, value) => sum + value, 0) / green.length;
  return {
    channels: [
      { id: "HR_BPM", values: green.map((_, frame) => 72 + frame / 1000), notes: [] },
      { id: "SNR", values: green.map((_, frame) => 4.5 - frame / 1000), notes: ["NOTE_DEGRADED_ACCURACY"] },
      { id: "PULSE_WAVE", values: green.map((value) => value - mean), notes: [] },
    ],
  };
};

/** Stands in for the analysis: one value, the number of chunks it was given. */
export const countChunks: Analyse = (chunks) => ({
  channels: [{ id: "HR_BPM", values: [chunks.length], notes: [] }],
});

/** An analysis that fails. */
export const failing: Analyse = () => {
  throw new Error("numbers went wrong");
};

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

export class Harness {
  readonly server: RunningServer;
  readonly log: LogEntry[];
  readonly #sockets: Client[] = [];

  constructor(server: RunningServer, log: LogEntry[]) {
    this.server = server;
    this.log = log;
  }

  async request(method: string, path: string, token?: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${this.server.restUrl}${path}`, {
      method,
      headers: { "content-type": "application/json", ...(token === undefined ? {} : { authorization: token }) },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, text, json: JSON.parse(text) as Record<string, unknown> };
  }

  async post(path: string, token: string | undefined, body: unknown): Promise<Answer> {
    return await this.request("POST", path, token, body);
  }

  async deviceToken(): Promise<string> {
    const { json } = await this.post("/organizations/licenses", undefined, { Key: LICENSE });
    return `Bearer ${String(json["Token"])}`;
  }

  /** Creates the user when he is not there yet. */
  async userToken(email = EMAIL): Promise<string> {
    const device = await this.deviceToken();
    const login = { Email: email, Password: PASSWORD };
    await this.post("/users", device, login);
    const { json } = await this.post("/users/auth", device, login);
    return `Bearer ${String(json["Token"])}`;
  }

  async measurement(token: string, fields: Record<string, unknown> = {}): Promise<string> {
    const { json } = await this.post("/measurements", token, { StudyID: STUDY, Resolution: 100, ...fields });
    return String(json["ID"]);
  }

  /** Sends a chunk over REST. */
  async addData(token: string, id: string, fields: Partial<RestChunk> = {}): Promise<Answer> {
    return await this.post(`/measurements/${id}/data`, token, restChunk(fields));
  }

  /** Asks until the measurement has that status. */
  async untilStatus(token: string, id: string, status: string): Promise<Record<string, unknown>> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const { json } = await this.request("GET", `/measurements/${id}`, token);
      if (json["StatusID"] === status || Date.now() > deadline) return json;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async connect(token?: string, protocols: string[] = []): Promise<Client> {
    const client = new Client(
      new WebSocket(this.server.wsUrl, protocols, token === undefined ? {} : { headers: { authorization: token } }),
    );
    this.#sockets.push(client);
    await client.opened();
    return client;
  }

  async close(): Promise<void> {
    await this.server.close();
    for (const client of this.#sockets) client.socket.terminate();
  }
}

/** A raw WebSocket client: what comes is kept until it is asked for. */
export class Client {
  readonly socket: WebSocket;
  readonly #received: Buffer[] = [];
  #wake: () => void = () => undefined;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data) => {
      this.#received.push(data as Buffer);
      this.#wake();
    });
    socket.on("error", () => undefined);
  }

  async opened(): Promise<void> {
    await once(this.socket, "open");
  }

  async closed(): Promise<{ code: number; reason: string }> {
    const [code, reason] = (await within(once(this.socket, "close"), "close")) as [number, Buffer];
    return { code, reason: reason.toString() };
  }

  send(bytes: Uint8Array): void {
    this.socket.send(bytes, { binary: true });
  }

  /** The next message; fails when none comes. */
  async next(): Promise<Buffer> {
    while (this.#received.length === 0) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await within(woken, "message");
    }
    return this.#received.shift() ?? Buffer.alloc(0);
  }

  /** What came and was not asked for, after a round trip that lets everything arrive that is under way. */
  async rest(): Promise<Buffer[]> {
    this.socket.ping();
    await within(once(this.socket, "pong"), "pong");
    return this.#received.splice(0);
  }
}

export async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${PATIENCE_MS} ms`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Runs `use` against a server of its own. */
export async function withServer(
  options: Partial<ServerOptions>,
  use: (harness: Harness) => Promise<void>,
): Promise<void> {
  const log: LogEntry[] = [];
  const server = await startServer({
    restPort: 0,
    wsPort: 0,
    licenseKeys: [LICENSE],
    studies: [{ id: STUDY, name: "Test" }],
    analyse: countChunks,
    log: (entry) => log.push(entry),
    ...options,
    // What a password costs is for attackers, not for tests.
    limits: { passwordCost: 2, ...options.limits },
  });
  const harness = new Harness(server, log);
  try {
    await use(harness);
  } finally {
    await harness.close();
  }
}

/** Bytes of a payload of 5 s at 30 Hz whose pulse is 72 per minute. */
export function payloadBytes(chunkNumber: number, frames = 150): Uint8Array {
  const startMs = (chunkNumber * frames * 1000) / 30;
  return writePayload(pulsePayload({ chunkNumber, frames, rateHz: 30, startMs, bpm: 72 }));
}

export interface RestChunk {
  ChunkOrder: number;
  Action: string;
  StartTime: number;
  EndTime: number;
  Duration: number;
  Meta: string;
  Payload: string;
}

export function restChunk(fields: Partial<RestChunk> = {}): RestChunk {
  const order = fields.ChunkOrder ?? 0;
  return {
    ChunkOrder: order,
    Action: order === 0 ? "FIRST::PROCESS" : "CHUNK::PROCESS",
    StartTime: order * 5,
    EndTime: order * 5 + 5,
    Duration: 5,
    Meta: "{}",
    Payload: Buffer.from(payloadBytes(order)).toString("base64"),
    ...fields,
  };
}

/** A bare TCP connection that keeps what it gets. */
export async function bareConnection(
  url: string,
): Promise<{ socket: Socket; received: () => string; ended: Promise<void> }> {
  const { hostname, port } = new URL(url);
  const socket = connectTcp(Number(port), hostname);
  let text = "";
  socket.on("data", (data) => {
    text += data.toString("latin1");
  });
  socket.on("error", () => undefined);
  const ended = new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
  });
  await once(socket, "connect");
  return { socket, received: () => text, ended };
}
