import type { CaptureNote, CaptureTiming } from "../domain/capture.js";
import type { ChunkQuality } from "../domain/constraints.js";
import { type ChunkResult, meanOf } from "../domain/result.js";
import type { SourceInfo } from "../domain/video.js";
import type { Message, Phase, Progress } from "./measurement.js";
import type { SkinSamples } from "./skin-signal.js";

// What can happen to a measurement, and how it is told in words.

export type MeasurementEvent =
  | { readonly type: "phase"; readonly phase: Phase }
  | {
      readonly type: "opened";
      readonly source: SourceInfo;
      readonly plannedS: number | undefined;
      readonly plannedChunks: number;
      /** By an earlier run; it is not opened again. */
      readonly isEarlier?: true;
    }
  /** `goesOn`: the server has it from an earlier run. */
  | { readonly type: "created"; readonly measurementId: string; readonly atMs: number; readonly goesOn?: true }
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "skin"; readonly samples: SkinSamples }
  /** The connection does not do what it should; a message says more. */
  | { readonly type: "trouble" }
  | {
      readonly type: "extracted";
      readonly atMs: number;
      readonly capturedAtMs?: number | undefined;
      readonly number: number;
      readonly startS: number;
      readonly endS: number;
      readonly quality?: ChunkQuality | undefined;
    }
  | { readonly type: "sent"; readonly atMs: number; readonly number: number }
  /** `roundTripMs` is undefined when the server was found to have the chunk without an answer to its sending. */
  | {
      readonly type: "acknowledged";
      readonly atMs: number;
      readonly number: number;
      readonly roundTripMs: number | undefined;
    }
  | { readonly type: "result"; readonly atMs: number; readonly result: ChunkResult }
  | { readonly type: "message"; readonly message: Message }
  | { readonly type: "note"; readonly note: CaptureNote }
  | { readonly type: "timing"; readonly timing: CaptureTiming }
  /** What an earlier run of the same measurement has reached. */
  | { readonly type: "recalled"; readonly reached: Reached };

type CreatedEvent = Extract<MeasurementEvent, { type: "created" }>;

export type Reached =
  | {
      readonly step: "extracted";
      readonly number: number;
      readonly startS: number;
      readonly endS: number;
      readonly quality: ChunkQuality | undefined;
    }
  | { readonly step: "created"; readonly measurementId: string }
  | { readonly step: "acknowledged"; readonly number: number }
  | { readonly step: "result"; readonly result: ChunkResult };

/** "measurement 6f2c0d3e-... created" */
export function createdText({ measurementId, goesOn }: Pick<CreatedEvent, "measurementId" | "goesOn">): string {
  return `measurement ${measurementId} ${goesOn ? "goes on" : "created"}`;
}

/** "chunk 3 acknowledged in 21 ms" */
export function acknowledgedText(number: number, roundTripMs: number | undefined): string {
  const how = roundTripMs === undefined ? "found at the server" : `acknowledged in ${roundTripMs.toFixed(0)} ms`;
  return `chunk ${number + 1} ${how}`;
}

/** "result of chunk 3: 72.1 bpm" */
export function resultText({ chunkNumber, errorCode, channels }: ChunkResult): string {
  const mean = meanOf(channels.find(({ id }) => id === "HR_BPM")?.values ?? []);
  const what = chunkNumber === undefined ? "final results" : `result of chunk ${chunkNumber + 1}`;
  const code = errorCode === "OK" ? "" : ` [${errorCode}]`;
  return `${what}${code}: ${mean === undefined ? "no heart rate" : `${mean.toFixed(1)} bpm`}`;
}
