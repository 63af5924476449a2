import type { ChunkResult } from "../domain/result.js";
import type { Retrieved } from "../wire/v1-rest.js";

/**
 * The final results as one more result: element 0 of every signal, divided by its multiplier. A zero
 * multiplier means "no value" (as the published clients read it).
 */
export function retrievedResult(retrieved: Retrieved): ChunkResult {
  const channels = Object.entries(retrieved.Results).flatMap(([id, entries]) => {
    const entry = entries[0];
    if (!entry) return [];
    const values = entry.Multiplier === 0 ? [] : entry.Data.map((value) => value / entry.Multiplier);
    return [{ id, values, notes: entry.Notes ?? [] }];
  });
  return {
    measurementId: retrieved.ID,
    chunkNumber: undefined,
    errorCode: "OK",
    channels,
    raw: new TextEncoder().encode(JSON.stringify(retrieved)),
  };
}
