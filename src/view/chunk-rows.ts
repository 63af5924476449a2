import type { ChunkProgress, Measurement } from "../results/measurement.js";

/** One row of the panel. A window that gave no chunk has no number: the next chunk takes it. */
export type ChunkRow = { readonly startS: number; readonly endS: number } & (
  | { readonly kind: "known"; readonly number: number; readonly progress: ChunkProgress }
  | { readonly kind: "filling" | "waiting"; readonly number: number }
  | { readonly kind: "left out" }
);

/** A window that is over for longer than this gives no chunk: pictures come more often than that. */
const LATE_S = 0.5;
/** As in `chunk/plan.ts`: a shorter rest is no window. */
const REST_S_MIN = 1;

/**
 * The windows of a measurement in order of time. One with too little of a face gives no chunk, and the chunk behind it
 * takes the number, so it is the times that tell which window is being filled.
 */
export function chunkRows(measurement: Measurement): ChunkRow[] {
  const { phase, chunks, progress, plannedS, plannedChunks, chunkLengthS } = measurement;
  const rows: ChunkRow[] = [];
  let startS = 0;
  const add = (row: { kind: "filling" | "waiting"; number: number } | { kind: "left out" }): void => {
    const endS = windowEnd(startS, measurement);
    rows.push({ ...row, startS, endS });
    startS = endS;
  };
  for (const chunk of chunks) {
    while (chunk.startS - startS > chunkLengthS - LATE_S) add({ kind: "left out" });
    rows.push({ kind: "known", number: chunk.number, startS: chunk.startS, endS: chunk.endS, progress: chunk });
    startS = chunk.endS;
  }
  const isMeasuring = phase.kind === "measuring";
  const isBefore = phase.kind === "connecting" || phase.kind === "ready";
  const spareS = isMeasuring ? -LATE_S : chunkLengthS - REST_S_MIN;
  const passed = isBefore ? 0 : Math.floor((progress.positionS - startS + spareS) / chunkLengthS);
  for (let left = passed; left > 0; left -= 1) add({ kind: "left out" });
  if (!isMeasuring && !isBefore) return rows;
  if (isMeasuring && (plannedS === undefined || rows.length < plannedChunks)) {
    add({ kind: "filling", number: chunks.length });
  }
  for (let number = chunks.length + (isMeasuring ? 1 : 0); rows.length < plannedChunks; number += 1) {
    add({ kind: "waiting", number });
  }
  return rows;
}

function windowEnd(startS: number, { plannedS, chunkLengthS }: Measurement): number {
  const endS = startS + chunkLengthS;
  return plannedS === undefined || plannedS <= startS ? endS : Math.min(endS, plannedS);
}

/** "2 of 4 with results": of the chunks that there are or can still be. */
export function answeredText(measurement: Measurement): string {
  const all = chunkRows(measurement).filter(({ kind }) => kind !== "left out").length;
  const answered = measurement.chunks.filter(({ resultAtMs }) => resultAtMs !== undefined).length;
  return `${answered} of ${all || "-"} with results`;
}
