import { AppError } from "../domain/errors.js";
import type { ChunkResult } from "../domain/result.js";
import type { ResultMessage } from "./v1-messages.js";

/**
 * A result as the program uses it: every value divided by the multiplier.
 * @param raw the body of the message as it came.
 * @throws AppError WIRE when the multiplier of a filled channel is zero.
 */
export function chunkResult(message: ResultMessage, raw: Uint8Array): ChunkResult {
  const filled = message.channels.some((channel) => channel.data.length > 0);
  if (filled && message.multiplier === 0) throw new AppError("WIRE", "unreadable result: its multiplier is zero");
  return {
    measurementId: message.measurementId,
    chunkNumber: chunkNumberOf(message.measurementDataId),
    // It is shown: what is no code is not repeated.
    errorCode: /^[A-Za-z0-9_]{1,64}$/.test(message.errorCode) ? message.errorCode : "UNREADABLE_CODE",
    ...(message.reasons ? { reasons: message.reasons } : {}),
    channels: message.channels.map((channel) => ({
      id: channel.id,
      values: channel.data.map((value) => value / message.multiplier),
      notes: channel.notes,
    })),
    raw,
  };
}

function chunkNumberOf(measurementDataId: string): number | undefined {
  const match = /:(\d{1,9})$/.exec(measurementDataId);
  return match ? Number(match[1]) : undefined;
}
