import protobuf from "protobufjs";

import { meanOf } from "../domain/result.js";
import { encodeResultMessage, type ResultChannel, type ResultMessage } from "../wire/v1-messages.js";
import type { AnalysisResult } from "./analysis/analyse.js";

/** Values travel as whole numbers, value * 10 000: the multiplier that real servers were seen to use. */
export const MULTIPLIER = 10_000;

const INT32_MAX = 0x7fff_ffff;

/** The published Python client closes its socket on a message of more than 1 MiB. */
const MESSAGE_BYTES_MAX = 1024 * 1024 - 1024;

/** Notes that the server itself puts on a channel. */
const NOTE_OUT_OF_RANGE = "NOTE_VALUE_OUT_OF_RANGE";
const NOTE_NEWEST_ONLY = "NOTE_NEWEST_VALUES_ONLY";

/** The published Python client gives up its subscription after a result body shorter than this. */
const BODY_BYTES_MIN = 1000;

/** Field 1000, with a length: no version of the message has it, so every reader skips it. */
const PADDING_TAG = (1000 << 3) | 2;

export interface ResultIds {
  readonly measurementId: string;
  readonly chunkOrder: number;
  readonly resultId: string;
}

/**
 * The outcome of an analysis as a message.
 * @param resolution 0: the mean of every channel. Above: all values.
 */
export function resultMessage(ids: ResultIds, analysis: AnalysisResult, resolution: number): ResultMessage {
  const channels = analysis.channels.map(({ id, values, notes }) => {
    const mean = resolution === 0 ? meanOf(values) : undefined;
    return wholeNumbers({ id, values: mean === undefined ? values : [mean], notes });
  });
  return shortened({ ...heading(ids), multiplier: MULTIPLIER, channels, errorCode: "OK" });
}

/** The message that takes the place of a result. */
export function failedResultMessage(ids: ResultIds, errorCode: string): ResultMessage {
  return { ...heading(ids), multiplier: MULTIPLIER, channels: [], errorCode };
}

/** An encoded message as it is delivered in protobuf: padded with a field that nobody knows when it would be too short. */
export function resultBody(body: Uint8Array): Uint8Array {
  if (body.length >= BODY_BYTES_MIN) return body;
  const padding = new Uint8Array(BODY_BYTES_MIN - body.length);
  return Buffer.concat([body, protobuf.Writer.create().uint32(PADDING_TAG).bytes(padding).finish()]);
}

function heading(ids: ResultIds): Pick<ResultMessage, "measurementId" | "measurementDataId" | "measurementResultId"> {
  return {
    measurementId: ids.measurementId,
    measurementDataId: `${ids.measurementId}:${ids.chunkOrder}`,
    measurementResultId: ids.resultId,
  };
}

/** A value that does not fit in 32 bits would wrap around to a wrong one: the channel is left empty instead. */
function wholeNumbers({ id, values, notes }: AnalysisResult["channels"][number]): ResultChannel {
  const data = values.map((value) => Math.round(value * MULTIPLIER));
  const fits = data.every((value) => Math.abs(value) <= INT32_MAX);
  return fits ? { id, data, notes } : { id, data: [], notes: [...notes, NOTE_OUT_OF_RANGE] };
}

/** Keeps the newer half of long channels until the message is short enough. */
function shortened(message: ResultMessage): ResultMessage {
  const longest = Math.max(0, ...message.channels.map((channel) => channel.data.length));
  if (longest <= 1 || encodeResultMessage(message).length <= MESSAGE_BYTES_MAX) return message;
  const keep = Math.ceil(longest / 2);
  const channels = message.channels.map((channel) => {
    if (channel.data.length <= keep) return channel;
    return {
      id: channel.id,
      data: channel.data.slice(-keep),
      notes: [...channel.notes.filter((note) => note !== NOTE_NEWEST_ONLY), NOTE_NEWEST_ONLY],
    };
  });
  return shortened({ ...message, channels });
}
