import protobuf from "protobufjs";

import { decodeEnginePayload, type EnginePayload } from "../wire/engine-payload.js";
import { unreadablePayload } from "./refusal.js";

/** More entries than any payload has; each costs two bytes on the wire and hundreds in memory. */
const ENTRIES_MAX = 10_000;
const HEAD_BYTES = 5;

/**
 * Reads the payload of an upload.
 * @throws Refusal UNPACKER_RPC_ERROR when it is too large or not one of our engine.
 */
export function readPayload(bytes: Uint8Array, payloadBytesMax: number): EnginePayload {
  if (bytes.length > payloadBytesMax) throw unreadablePayload("The payload is too big.");
  const payload = notOursWhenFailing(() => {
    const entries = entriesOf(bytes.subarray(HEAD_BYTES));
    return entries > ENTRIES_MAX ? undefined : decodeEnginePayload(bytes);
  });
  if (!payload) throw unreadablePayload("Too many payload fields.");
  if (payload.timestampMs.length === 0) throw unreadablePayload("The payload is empty.");
  return payload;
}

function notOursWhenFailing<T>(read: () => T): T {
  try {
    return read();
  } catch {
    throw unreadablePayload("The payload is not ours.");
  }
}

/**
 * Counts the fields of the outer message without decoding them: four million bytes of empty regions would
 * otherwise become two million objects. Stops a little above the limit.
 */
function entriesOf(message: Uint8Array): number {
  const reader = protobuf.Reader.create(message);
  let entries = 0;
  for (; reader.pos < reader.len && entries <= ENTRIES_MAX; entries += 1) reader.skipType(reader.uint32() & 7);
  return entries;
}
