import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";

import type { BegunMeasurement } from "../api/measurement-chain.js";
import type { ChunkPayload } from "../domain/chunk.js";
import { AppError } from "../domain/errors.js";
import { readChunk, sha256 } from "../journal/chunk-files.js";
import { countersOf, type JournalState, measurementIdOf, type StoredChunk } from "../journal/state.js";
import type { MeasurementEvent, Reached } from "../results/events.js";
import type { Measurement, Progress } from "../results/measurement.js";
import { counted } from "../results/plain-summary.js";
import { JSON_BODIES, PROTOBUF_BODIES } from "../wire/bodies.js";
import { chunkResult } from "../wire/results.js";
import type { Retrieved } from "../wire/v1-rest.js";
import type { SealedChunk } from "./conversation.js";
import type { Past } from "./resume.js";

const LEFT_BRACE = 0x7b;

type Opened = NonNullable<JournalState["opened"]>;

/**
 * What earlier processes have seen, as events without an hour: folded into a fresh state, they give the state that
 * the measurement had reached.
 */
export async function recall(past: Past, before: Progress): Promise<MeasurementEvent[]> {
  const { state, remaining } = past;
  const events: MeasurementEvent[] = state.opened ? [openedEvent(state.opened)] : [];
  for (let number = 0; number < remaining.storedCount; number += 1) {
    const known = state.chunks.get(number);
    if (known) events.push(recalled(extractedOf(known)));
  }
  for (const [index, measurementId] of state.measurementIds.entries()) {
    // One that was forgotten by the server before anything was sent is none.
    if (index < state.measurementIds.length - 1 && !state.firstSent.has(measurementId)) continue;
    events.push(recalled({ step: "created", measurementId }));
    for (const number of acknowledgedIn(state, index)) events.push(recalled({ step: "acknowledged", number }));
  }
  return [...events, ...captureOf(state), ...progressOf(past, before), ...(await resultsOf(past))];
}

/** How even a live source was. */
function captureOf({ timing, notes }: JournalState): MeasurementEvent[] {
  const told: MeasurementEvent[] = notes.map(({ id, text }) => ({ type: "note", note: { id, text } }));
  if (!timing) return told;
  const { clock, rateHz, jitterMs, longestMs } = timing;
  return [...told, { type: "timing", timing: { clock, rateHz, jitterMs, longestMs } }];
}

/** Numbers of the acknowledged chunks that are in one of the server's measurements: each begins where the last ended. */
function acknowledgedIn({ measurementIds, firstSent, acknowledgedCount }: JournalState, index: number): number[] {
  const firsts = measurementIds.map((id) => firstSent.get(id));
  const from = firsts[index];
  if (from === undefined) return [];
  const next = firsts.slice(index + 1).find((first) => first !== undefined) ?? acknowledgedCount;
  return Array.from({ length: Math.max(0, next - from) }, (_, offset) => from + offset);
}

/** A source that is read again counts its frames again. */
function progressOf({ state, remaining }: Past, before: Progress): MeasurementEvent[] {
  const counters = countersOf(state);
  if (remaining.needsSource || !counters) return [];
  const face = counters.framesTracked > 0 ? "tracked" : "searching";
  return [{ type: "progress", progress: { ...before, ...counters, face } }];
}

/**
 * A source that is read again counts from its beginning; the frames that were dropped while the kept chunks were made are
 * not in them.
 */
export function withEarlierDrops(past: Past, progress: Progress): Progress {
  const kept = past.state.chunks.get(past.remaining.storedCount - 1)?.counters;
  if (!kept || kept.framesDropped === 0 || progress.positionS < kept.positionS) return progress;
  const framesRead = Math.max(0, progress.framesRead - kept.framesDropped);
  const framesTracked = Math.min(progress.framesTracked, framesRead);
  return { ...progress, framesRead, framesTracked, framesDropped: progress.framesDropped + kept.framesDropped };
}

/** What is kept of earlier processes and was not reached again: it counts, however soon this one ended. */
export function unreached(past: Past, { chunks, progress }: Measurement): MeasurementEvent[] {
  const { remaining, state } = past;
  if (!remaining.needsSource) return [];
  const { rest } = remaining;
  const isRestOurs = rest !== undefined && !chunks.some(({ number }) => number === rest.number);
  const counters = (isRestOurs ? rest : state.chunks.get(remaining.storedCount - 1))?.counters;
  const events: MeasurementEvent[] = isRestOurs ? [recalled(extractedOf(rest))] : [];
  if (counters && counters.positionS > progress.positionS)
    events.push({ type: "progress", progress: { ...progress, ...counters } });
  return events;
}

function recalled(reached: Reached): MeasurementEvent {
  return { type: "recalled", reached };
}

function extractedOf({ number, startS, endS, quality }: StoredChunk): Reached {
  return { step: "extracted", number, startS, endS, quality };
}

/** The results that are on disk; one that cannot be read is left out: the final results cover it. */
async function resultsOf({ folder, state }: Past): Promise<MeasurementEvent[]> {
  const results = [...state.results.values()].sort((a, b) => a.index - b.index);
  const events: MeasurementEvent[] = [];
  for (const { index, number, measurementId } of results) {
    try {
      const body = Uint8Array.from(await readFile(join(folder, "results", `result_${index}.bin`)));
      // Version 2 may send JSON; a protobuf message begins with the tag of its first field.
      const { decodeResult } = body[0] === LEFT_BRACE ? JSON_BODIES : PROTOBUF_BODIES;
      // The server may count otherwise; the journal has our numbers.
      const result = { ...chunkResult(decodeResult(body), body), chunkNumber: number, measurementId };
      events.push(recalled({ step: "result", result }));
    } catch {
      // The server has it still.
    }
  }
  return events;
}

/**
 * A chunk that was kept and is to be sent now.
 * @throws AppError FILE when it cannot be read.
 */
export async function sealedAgain({ folder, manifest, remaining }: Past, kept: StoredChunk): Promise<SealedChunk> {
  let chunk: ChunkPayload;
  try {
    chunk = await readChunk(join(folder, "chunks"), kept.number);
  } catch (error) {
    throw new AppError("FILE", `chunk ${kept.number + 1} in ${join(folder, "chunks")} cannot be read`, {
      cause: error,
    });
  }
  // What a camera showed is over: the newest chunk that was kept is the last one there will ever be.
  const isNewest = kept.number === remaining.storedCount - 1;
  return { chunk, last: kept.last || (manifest.source.kind === "live" && isNewest) };
}

/** The measurement at the server, when one was created. */
export function begunIn(past: Past | undefined): BegunMeasurement | undefined {
  const measurementId = past && measurementIdOf(past.state);
  if (past === undefined || measurementId === undefined) return undefined;
  const { results, firstSent, measurementIds } = past.state;
  const first = firstSent.get(measurementId);
  const has = new Set([...results.values()].map(({ number }) => number));
  const acknowledged = acknowledgedIn(past.state, measurementIds.length - 1);
  return {
    measurementId,
    number: measurementIds.length - 1,
    first,
    answered: acknowledged.filter((number) => has.has(number)),
    unanswered: acknowledged.filter((number) => !has.has(number)),
  };
}

/**
 * Whether the server has the first chunk, although its acknowledgement was never seen. It would take it again, and
 * forget what it has: so it is asked. Any later chunk can be offered again: a server that has it says so.
 */
export function isFirstStored({ remaining }: Past, number: number, found: Retrieved | undefined): boolean {
  if (number !== 0 || remaining.acknowledgedCount > 0 || !found) return false;
  return (found.DataSizeBytes ?? 0) > 0 || Object.keys(found.Results).length > 0;
}

export function openedEvent({ source, plannedS, plannedChunks }: Opened): MeasurementEvent {
  return { type: "opened", source, plannedS, plannedChunks, isEarlier: true };
}

/** Whether a chunk that is extracted again is another one than that which was kept. */
export function differs({ state }: Past, chunk: ChunkPayload): boolean {
  const kept = state.chunks.get(chunk.chunkNumber);
  return kept !== undefined && kept.payloadSha256 !== sha256(chunk.payload);
}

export function differsSentence({ chunkNumber }: ChunkPayload): string {
  return `chunk ${chunkNumber + 1} came out differently this time (another machine, or frames that --live dropped): the kept one counts`;
}

/** "resuming 2026-11-23T04-37-13-2c5da6: 2 chunks acknowledged before, 1 kept and still to be sent, ...". */
export function resumeSentence({ folder, manifest, remaining }: Past): string {
  const { acknowledgedCount, toSend, needsSource } = remaining;
  const { kind, label } = manifest.source;
  const parts = [`${counted(acknowledgedCount, "chunk")} acknowledged before`];
  if (toSend.length > 0) parts.push(`${toSend.length} kept and still to be sent`);
  if (needsSource) parts.push(`the rest of ${label} still to be measured`);
  else parts.push(kind === "live" ? `what ${label} showed is over` : "nothing left to be measured");
  return `resuming ${basename(folder)}: ${parts.join(", ")}`;
}
