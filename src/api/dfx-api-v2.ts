import type { Subprotocol } from "../domain/measurement-terms.js";
import { JSON_BODIES, PROTOBUF_BODIES } from "../wire/bodies.js";
import { type ChunkToSend, type DfxApi, measurementPath, type NewMeasurement } from "./dfx-api.js";

/** Version 2 as its published clients speak it: no mode, and by REST a chunk is its action and its payload. */
export function apiV2(subprotocol: Subprotocol): DfxApi {
  return {
    version: "v2",
    subprotocol,
    bodies: subprotocol === "json" ? JSON_BODIES : PROTOBUF_BODIES,
    createBody,
    addDataBody,
    retrievePath: (measurementId) => `${measurementPath(measurementId)}?ExpandResults=true`,
    resultPath: (measurementId, chunkNumber) => `${measurementPath(measurementId)}/results/${chunkNumber}`,
    // By WebSocket the number travels, but a server may count for itself.
    refusesRepeats: false,
  };
}

function createBody({ studyId, resolution, profileId = "", partnerId = "" }: NewMeasurement): Record<string, unknown> {
  return { StudyID: studyId, Resolution: resolution, UserProfileID: profileId, PartnerID: partnerId };
}

function addDataBody({ chunk, action }: ChunkToSend): Record<string, unknown> {
  return { Action: action, Payload: Buffer.from(chunk.payload).toString("base64") };
}
