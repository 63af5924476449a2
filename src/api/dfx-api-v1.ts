import type { ChunkPayload } from "../domain/chunk.js";
import { PROTOBUF_BODIES } from "../wire/bodies.js";
import { type ChunkToSend, type DfxApi, measurementPath, type NewMeasurement } from "./dfx-api.js";

/** Version 1 as SimpleClient 1.2.0 speaks it, keys in its order. */
export const API_V1: DfxApi = {
  version: "v1",
  subprotocol: undefined,
  bodies: PROTOBUF_BODIES,
  createBody,
  addDataBody,
  retrievePath: measurementPath,
  resultPath: undefined,
  refusesRepeats: true,
};

function createBody({ studyId, mode, resolution, profileId = "" }: NewMeasurement): Record<string, unknown> {
  return { StudyID: studyId, Resolution: resolution, UserProfileID: profileId, Mode: mode };
}

function addDataBody({ chunk, action }: ChunkToSend): Record<string, unknown> {
  return {
    ChunkOrder: chunk.chunkNumber,
    Action: action,
    StartTime: chunk.startTimeS,
    EndTime: chunk.endTimeS,
    Duration: chunk.durationS,
    Meta: metaText(chunk),
    Payload: Buffer.from(chunk.payload).toString("base64"),
  };
}

/** The metadata as JSON text with the chunk's place; metadata that is no JSON object goes out as it is. */
function metaText(chunk: ChunkPayload): string {
  const text = Buffer.from(chunk.metadata).toString("utf8");
  try {
    const fields: unknown = JSON.parse(text);
    if (typeof fields !== "object" || fields === null || Array.isArray(fields)) return text;
    const place = { StartTime: chunk.startTimeS, EndTime: chunk.endTimeS, Duration: chunk.durationS };
    return JSON.stringify({ ...fields, Order: chunk.chunkNumber, ...place });
  } catch {
    return text;
  }
}
