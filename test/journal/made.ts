import * as fc from "fast-check";

import type { JournalEntry, JournalLine } from "../../src/journal/lines.js";

const AT = "2026-11-23T04:37:14.102Z";
const DIGEST = "a".repeat(64);
const COUNTERS = { framesRead: 150, framesTracked: 149, framesDropped: 0, positionS: 5 };

export function line(entry: JournalEntry, run = 0): JournalLine {
  return { ...entry, run, at: AT };
}

export function chunkEntry(
  number: number,
  { last = false, rest = false } = {},
): Extract<JournalEntry, { type: "chunk" }> {
  return {
    type: "chunk",
    number,
    startS: number * 5,
    endS: number * 5 + 5,
    last,
    rest,
    quality: undefined,
    counters: COUNTERS,
    payloadSha256: DIGEST,
    metadataSha256: DIGEST,
  };
}

/**
 * The journal of a measurement that ran to its end in one go: chunks are extracted some steps ahead of the network,
 * sent and acknowledged in order, answered some steps later.
 */
export function wholeJournal(chunkCount: number, ahead: readonly number[], measurementId = "m1"): JournalLine[] {
  const source = {
    kind: "file",
    label: "clip.mp4",
    format: { widthPx: 640, heightPx: 480, fullRange: false, bt709: false },
    rateHz: 30,
    durationS: chunkCount * 5,
    rotationDeg: 0,
  } as const;
  const entries: JournalEntry[] = [
    { type: "opened", source, plannedS: chunkCount * 5, plannedChunks: chunkCount },
    { type: "created", measurementId },
  ];
  let extracted = 0;
  for (let number = 0; number < chunkCount; number += 1) {
    while (extracted < chunkCount && extracted <= number + (ahead[number] ?? 0)) {
      entries.push(chunkEntry(extracted, { last: extracted === chunkCount - 1 }));
      extracted += 1;
    }
    entries.push(
      { type: "sent", measurementId, number },
      { type: "acknowledged", measurementId, number, roundTripMs: 4 },
    );
    entries.push({ type: "result", measurementId, index: number, number, sha256: DIGEST });
  }
  entries.push({ type: "extracted", counters: COUNTERS, chunkCount, faces: false });
  entries.push({ type: "ended", status: "completed", code: undefined });
  return entries.map((entry) => line(entry));
}

/** Journals as above, of any length. */
export const anyJournal = fc
  .tuple(fc.integer({ min: 1, max: 8 }), fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 8 }))
  .map(([count, ahead]) => wholeJournal(count, ahead));
