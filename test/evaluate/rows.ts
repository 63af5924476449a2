import type { Row } from "../../src/evaluate/metrics.js";

/** A row of a clip that went well, changed as wanted. */
export function rowWith(change: Partial<Row>): Row {
  return {
    name: "clip.mp4",
    kind: "clips",
    conditions: [],
    fromS: 0,
    toS: 30,
    truthBpm: 70,
    plainBpm: 72,
    bpm: 70.5,
    confidence: 0.9,
    snrDb: 4,
    trackedShare: 1,
    reasons: [],
    others: [],
    seconds: 2,
    ...change,
  };
}
