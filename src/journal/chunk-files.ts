import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { z } from "zod";

import type { ChunkPayload } from "../domain/chunk.js";
import { writeWhole } from "./disk.js";

// File names and contents of chunks are those of the original demo, so that its tools can read them:
//
//   payload<n>.bin  metadata<n>.bin  properties<n>.json     n from 0, not padded

const whole = z.number().int().min(0);

/** properties<n>.json */
export const ChunkProperties = z.object({
  valid: z.union([z.number(), z.boolean()]).transform(Boolean),
  start_frame: whole,
  end_frame: whole,
  chunk_number: whole,
  number_chunks: whole,
  first_chunk_start_time_s: z.number(),
  start_time_s: z.number(),
  end_time_s: z.number(),
  duration_s: z.number(),
});
export type ChunkProperties = z.infer<typeof ChunkProperties>;

/**
 * Writes the three files of a chunk; each is there whole or not at all.
 * @throws AppError DISK
 */
export async function writeChunk(folder: string, chunk: ChunkPayload): Promise<void> {
  const properties: z.input<typeof ChunkProperties> = {
    valid: chunk.valid ? 1 : 0,
    start_frame: chunk.startFrame,
    end_frame: chunk.endFrame,
    chunk_number: chunk.chunkNumber,
    number_chunks: chunk.numberChunks,
    first_chunk_start_time_s: chunk.firstChunkStartTimeS,
    start_time_s: chunk.startTimeS,
    end_time_s: chunk.endTimeS,
    duration_s: chunk.durationS,
  };
  const { chunkNumber: n } = chunk;
  await writeWhole(join(folder, `payload${n}.bin`), chunk.payload);
  await writeWhole(join(folder, `metadata${n}.bin`), chunk.metadata);
  await writeWhole(join(folder, `properties${n}.json`), `${JSON.stringify(properties)}\n`);
}

/**
 * Reads a chunk that `writeChunk` has written.
 * @throws what the system or the schema throws.
 */
export async function readChunk(folder: string, number: number): Promise<ChunkPayload> {
  const [payload, metadata, properties] = await Promise.all([
    readFile(join(folder, `payload${number}.bin`)),
    readFile(join(folder, `metadata${number}.bin`)),
    readFile(join(folder, `properties${number}.json`), "utf8"),
  ]);
  return chunkOf(ChunkProperties.parse(JSON.parse(properties)), payload, metadata);
}

export function chunkOf(properties: ChunkProperties, payload: Uint8Array, metadata: Uint8Array): ChunkPayload {
  return {
    valid: properties.valid,
    startFrame: properties.start_frame,
    endFrame: properties.end_frame,
    chunkNumber: properties.chunk_number,
    numberChunks: properties.number_chunks,
    firstChunkStartTimeS: properties.first_chunk_start_time_s,
    startTimeS: properties.start_time_s,
    endTimeS: properties.end_time_s,
    durationS: properties.duration_s,
    payload: Uint8Array.from(payload),
    metadata: Uint8Array.from(metadata),
  };
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
