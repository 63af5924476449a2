import type { SessionOptions } from "../../src/api/connection.js";
import { serverAddress } from "../../src/api/servers.js";
import { type DfxSession, openSession } from "../../src/api/session.js";
import type { Timing } from "../../src/api/timing.js";
import type { ChunkAction, ChunkPayload } from "../../src/domain/chunk.js";
import type { SendMethod } from "../../src/domain/measurement-terms.js";
import type { ChunkResult } from "../../src/domain/result.js";
import { MEASUREMENT, type Stub, type StubScript, startStub } from "../helpers/stub-server.js";

export const CREDENTIALS = { licenseKey: "licence-key", email: "a@b.c", password: "secret-word" };

/** Short enough for tests, long enough for a busy machine. */
export const QUICK: Partial<Timing> = {
  connectMs: 2_000,
  idleMs: 2_000,
  ackMs: 2_000,
  retryMs: [10, 20, 40],
  reconnectMs: [10, 20, 30, 40, 50],
};

export const METHODS: readonly SendMethod[] = ["REST", "websocket"];

export interface Joined {
  readonly stub: Stub;
  readonly session: DfxSession;
  readonly notices: string[];
  readonly results: ChunkResult[];
  readonly abort: AbortController;
}

export function optionsFor(stub: Stub, more: Partial<SessionOptions> = {}): SessionOptions {
  const address = serverAddress({ restUrl: stub.restUrl, wsUrl: stub.wsUrl, name: "stub" });
  const { timing, ...others } = more;
  return {
    address,
    access: CREDENTIALS,
    sendMethod: "websocket",
    random: () => 0.5,
    timing: { ...QUICK, ...timing },
    ...others,
  };
}

/** A session at a scripted server; both are closed afterwards, whatever happens. */
export async function withSession(
  script: StubScript,
  more: Partial<SessionOptions>,
  run: (joined: Joined) => Promise<void>,
): Promise<void> {
  const stub = await startStub(script);
  const notices: string[] = [];
  const abort = new AbortController();
  try {
    const onNotice = (text: string): void => {
      notices.push(text);
    };
    const session = await openSession(optionsFor(stub, { onNotice, ...more }), abort.signal);
    try {
      await run({ stub, session, notices, results: [], abort });
    } finally {
      await session.close();
    }
  } finally {
    await stub.close();
  }
}

export async function subscribe({ session, results }: Joined): Promise<void> {
  await session.subscribe(MEASUREMENT, (result) => {
    results.push(result);
  });
}

export function chunk(chunkNumber: number, numberChunks = 4): ChunkPayload {
  return {
    valid: true,
    startFrame: chunkNumber * 450,
    endFrame: chunkNumber * 450 + 449,
    chunkNumber,
    numberChunks,
    firstChunkStartTimeS: 0,
    startTimeS: chunkNumber * 15,
    endTimeS: (chunkNumber + 1) * 15,
    durationS: 15,
    payload: Uint8Array.of(1, 2, 3),
    metadata: new Uint8Array(Buffer.from("{}")),
  };
}

export const ACTIONS: readonly ChunkAction[] = ["FIRST::PROCESS", "CHUNK::PROCESS", "CHUNK::PROCESS", "LAST::PROCESS"];

export async function add({ session }: Joined, chunkNumber: number, action?: ChunkAction): Promise<number | undefined> {
  const { roundTripMs } = await session.addChunk(
    MEASUREMENT,
    chunk(chunkNumber),
    action ?? ACTIONS[chunkNumber] ?? "CHUNK::PROCESS",
  );
  return roundTripMs;
}

export async function addAll(joined: Joined): Promise<void> {
  for (const number of ACTIONS.keys()) await add(joined, number);
}

/** Waits for something that another part of the program will do. */
export async function until(isTrue: () => boolean, withinMs = 5_000): Promise<void> {
  const startedAtMs = performance.now();
  while (!isTrue()) {
    if (performance.now() - startedAtMs > withinMs) throw new Error(`not within ${withinMs} ms: ${isTrue.toString()}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
}

/** The error that a promise ends with. */
export async function failureOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}
