import type { ChunkPayload } from "../../src/domain/chunk.js";

/** The first chunk of six, of 5 s, with nothing of sense in it. */
export const SMALL_CHUNK: ChunkPayload = {
  valid: true,
  startFrame: 1,
  endFrame: 152,
  chunkNumber: 0,
  numberChunks: 6,
  firstChunkStartTimeS: 0,
  startTimeS: 0,
  endTimeS: 5,
  durationS: 5,
  payload: new Uint8Array([1, 2, 3]),
  metadata: new Uint8Array(Buffer.from("{}")),
};
