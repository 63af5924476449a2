import { z } from "zod";

import { CAPTURE_NOTE_IDS } from "../domain/capture.js";
import { CONSTRAINT_IDS } from "../domain/constraints.js";

// The lines of journal.ndjson. Each tells one thing that is true from then on; none is ever changed or taken back.
//
//   {"type":"chunk","run":0,"at":"2026-11-23T04:37:14.102Z","number":0,...}
//
// `run` counts the processes that worked on the measurement, from 0. `at` is for people only: clocks jump.

/** JSON has no undefined: what is absent is null on disk. */
function absent<Value extends z.ZodType>(value: Value) {
  return value.nullable().transform((known) => known ?? undefined);
}

const Count = z.number().int().min(0);
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const MeasurementId = z.string().min(1);

const Source = z.object({
  kind: z.enum(["file", "camera", "stream"]),
  label: z.string(),
  format: z.object({ widthPx: z.number(), heightPx: z.number(), fullRange: z.boolean(), bt709: z.boolean() }),
  rateHz: z.number(),
  durationS: absent(z.number()),
  rotationDeg: z.number(),
});

/** Quality of a chunk, as it stands in files. */
export const Quality = z.object({
  number: Count,
  faceShare: z.number(),
  movementMm: z.number().nullable(),
  brightness: z.number().nullable(),
  rateHz: z.number().nullable(),
  stars: z.number(),
  worst: z.enum(CONSTRAINT_IDS).nullable(),
});

/** What was counted since collection began. */
const Counters = z.object({ framesRead: Count, framesTracked: Count, framesDropped: Count, positionS: z.number() });
export type Counters = z.infer<typeof Counters>;

const base = { run: Count, at: z.string() };

const JournalLine = z.discriminatedUnion("type", [
  /** A later process goes on with the measurement: whatever end was told before is none. */
  z.object({ ...base, type: z.literal("resumed") }),
  z.object({
    ...base,
    type: z.literal("opened"),
    source: Source,
    plannedS: absent(z.number()),
    plannedChunks: Count,
    /** Names and versions; lines of earlier versions do not have them. */
    engine: z.string().nullish(),
    ffmpeg: z.string().nullish(),
  }),
  z.object({ ...base, type: z.literal("created"), measurementId: MeasurementId }),
  /** The chunk's files are on disk. */
  z.object({
    ...base,
    type: z.literal("chunk"),
    number: Count,
    startS: z.number(),
    endS: z.number(),
    /** None follows. */
    last: z.boolean(),
    /** Sealed by an early end: shorter than it would have become. */
    rest: z.boolean(),
    quality: absent(Quality),
    counters: Counters,
    payloadSha256: Sha256,
    metadataSha256: Sha256,
  }),
  /** The chunk is about to be sent. */
  z.object({ ...base, type: z.literal("sent"), measurementId: MeasurementId, number: Count }),
  z.object({
    ...base,
    type: z.literal("acknowledged"),
    measurementId: MeasurementId,
    number: Count,
    /** Absent when the server was found to have the chunk. */
    roundTripMs: absent(z.number()),
  }),
  /** results/result_<index>.bin is on disk. `number` is the chunk that it answers, when the message says so. */
  z.object({
    ...base,
    type: z.literal("result"),
    measurementId: MeasurementId,
    index: Count,
    number: absent(Count),
    sha256: Sha256,
  }),
  /** All frames are read, all chunks on disk. `faces`: faces.json is complete. */
  z.object({ ...base, type: z.literal("extracted"), counters: Counters, chunkCount: Count, faces: z.boolean() }),
  /** How evenly the frames of a live source came, and what went less than well between it and them. */
  z.object({
    ...base,
    type: z.literal("timing"),
    clock: z.enum(["device", "container", "arrival"]),
    rateHz: z.number().nullable(),
    jitterMs: z.number().nullable(),
    longestMs: z.number(),
  }),
  z.object({ ...base, type: z.literal("note"), id: z.enum(CAPTURE_NOTE_IDS), text: z.string() }),
  /** The server does not know the measurement any more, or takes no more of it. */
  z.object({ ...base, type: z.literal("gone"), measurementId: MeasurementId }),
  z.object({
    ...base,
    type: z.literal("ended"),
    status: z.enum(["completed", "cancelled", "failed"]),
    /** Code of the failure. */
    code: absent(z.string()),
  }),
]);
export type JournalLine = z.infer<typeof JournalLine>;

/** What a line tells, without who tells it and when. */
export type JournalEntry = JournalLine extends infer Line
  ? Line extends JournalLine
    ? Omit<Line, "run" | "at">
    : never
  : never;

/** One line, with its line feed. */
export function encodeLine(line: JournalLine): string {
  return `${JSON.stringify(line, (_, value: unknown) => (value === undefined ? null : value))}\n`;
}

/**
 * The lines of a journal. A line that is torn (power was lost while it was written), garbage, or of a kind that a
 * later version writes is left out: every line is true for itself.
 */
export function parseJournal(text: string): JournalLine[] {
  return text.split("\n").flatMap((line) => parseLine(line) ?? []);
}

function parseLine(text: string): JournalLine | undefined {
  try {
    return JournalLine.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
