/**
 * A sealed chunk: the public fields of the SDK's payload object plus the two byte strings that are sent.
 * Source of the field list: the SDK's documentation; times are whole seconds as there.
 */
export interface ChunkPayload {
  readonly valid: boolean;
  readonly startFrame: number;
  /** Inclusive. */
  readonly endFrame: number;
  /** 0-based. */
  readonly chunkNumber: number;
  /** As configured; a video that ends early seals fewer. */
  readonly numberChunks: number;
  readonly firstChunkStartTimeS: number;
  readonly startTimeS: number;
  readonly endTimeS: number;
  readonly durationS: number;
  /** Opaque bytes, sent unchanged. */
  readonly payload: Uint8Array<ArrayBuffer>;
  /** UTF-8 JSON object. */
  readonly metadata: Uint8Array<ArrayBuffer>;
}

type ChunkTimes = Pick<ChunkPayload, "firstChunkStartTimeS" | "startTimeS" | "endTimeS">;

/**
 * From when to when a chunk is, in seconds of the measurement. Its own times count from the source's first frame, and a
 * camera has been watched before the start; its end was rounded up where the video ended early or was stopped.
 * @param measuredS how much was measured up to now.
 */
export function spanOfChunk(times: ChunkTimes, measuredS: number): { startS: number; endS: number } {
  const wholeS = times.endTimeS - times.firstChunkStartTimeS;
  const isCut = wholeS - 1 <= measuredS && measuredS < wholeS;
  return {
    startS: times.startTimeS - times.firstChunkStartTimeS,
    endS: isCut ? Math.round(measuredS * 100) / 100 : wholeS,
  };
}

/** Chunks that may wait for the network before extraction pauses (as in the original). */
export const CHUNK_QUEUE_LENGTH = 5;

/** What the server is told to do with a chunk. */
export type ChunkAction = "FIRST::PROCESS" | "CHUNK::PROCESS" | "LAST::PROCESS";

/** The rule every DFX client uses: a single chunk is LAST, otherwise the first is FIRST. */
export function actionFor(chunkNumber: number, isLast: boolean): ChunkAction {
  if (isLast) return "LAST::PROCESS";
  return chunkNumber === 0 ? "FIRST::PROCESS" : "CHUNK::PROCESS";
}
