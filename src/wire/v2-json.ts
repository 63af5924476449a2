import { z } from "zod";

import { AppError } from "../domain/errors.js";
import { readReasons } from "./reasons.js";
import {
  CHANNELS_MAX,
  checkAtMost,
  DATA_BYTES_MAX,
  MESSAGE_BYTES_MAX,
  NOTES_MAX,
  SMALL_BYTES_MAX,
  VALUES_MAX,
} from "./size-limits.js";
import type {
  AddDataRequest,
  AddDataResponse,
  ResultChannel,
  ResultMessage,
  SubscribeRequest,
  WireError,
} from "./v1-messages.js";

// Bodies of WebSocket messages with the subprotocol `json`: the messages of version 1 under the same names, bytes
// as standard base64. Keys that are null or missing count as not given, unknown ones are ignored.
//
//   0506     {Params: {ID}, Action, Payload, ChunkOrder?, StartTime?, EndTime?, Duration?, Meta?}
//   its ack  {ID, ChunkOrder}
//   0510     {Params: {ID}, RequestID}      ack {}
//   0718     {Token}                        ack {Token}
//   result   {MeasurementID, MeasurementDataID, MeasurementResultID, Multiplier, Channels: {KEY: {Channel, Data, Notes?}}, Error}
//   error    {Code, Message?, Errors?}      with a status from 400

const encoder = new TextEncoder();

function encode(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}

function decode<Value>(schema: z.ZodType<Value>, body: Uint8Array, bytesMax: number, what: string): Value {
  checkAtMost(body.length, bytesMax, `bytes of ${what}`);
  const { success, data } = schema.safeParse(parsed(body, what));
  if (!success) throw new AppError("WIRE", `unreadable ${what}`);
  return data;
}

function parsed(body: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    // What the parser says would repeat the text, and a text may hold a token.
    throw new AppError("WIRE", `unreadable ${what}: it is not JSON`);
  }
}

const Params = z.object({ ID: z.string().min(1) });
const Seconds = z.number().min(0).nullish();
const Base64 = z.base64();

const DataBody = z.object({
  Params,
  Action: z.string(),
  Payload: Base64,
  ChunkOrder: z.number().int().min(0).max(0xffff_ffff).nullish(),
  StartTime: Seconds,
  EndTime: Seconds,
  Duration: Seconds,
  Meta: z.string().nullish(),
});

/** A chunk as a version 2 client sends it: the service numbers the chunks itself where the client does not. */
export interface OrderlessDataRequest extends Omit<AddDataRequest, "chunkOrder"> {
  readonly chunkOrder: number | undefined;
}

export function encodeAddDataJson(request: AddDataRequest): Uint8Array {
  return encode({
    Params: { ID: request.measurementId },
    Action: request.action,
    Payload: base64Of(request.payload),
    ChunkOrder: request.chunkOrder,
    StartTime: request.startTimeS,
    EndTime: request.endTimeS,
    Duration: request.durationS,
    ...(request.meta.length > 0 ? { Meta: base64Of(request.meta) } : {}),
  });
}

/** @throws AppError WIRE, as every decoder here. Metadata that is no base64 counts as none: nobody depends on it. */
export function decodeAddDataJson(body: Uint8Array): OrderlessDataRequest {
  const fields = decode(DataBody, body, DATA_BYTES_MAX, "chunk");
  const meta = fields.Meta ?? "";
  return {
    measurementId: fields.Params.ID,
    action: fields.Action,
    chunkOrder: fields.ChunkOrder ?? undefined,
    startTimeS: fields.StartTime ?? 0,
    endTimeS: fields.EndTime ?? 0,
    durationS: fields.Duration ?? 0,
    payload: bytesOf(fields.Payload),
    meta: Base64.safeParse(meta).success ? bytesOf(meta) : new Uint8Array(),
  };
}

const DataAck = z.object({ ID: z.string().nullish(), ChunkOrder: z.number().int().min(0).nullish() });

export function encodeAddDataAckJson(response: AddDataResponse): Uint8Array {
  return encode({ ID: response.id, ChunkOrder: response.chunkOrder });
}

export function decodeAddDataAckJson(body: Uint8Array): AddDataResponse {
  const { ID, ChunkOrder } = decode(DataAck, body, SMALL_BYTES_MAX, "acknowledgement");
  return { id: ID ?? "", chunkOrder: ChunkOrder ?? 0 };
}

const SubscribeBody = z.object({ Params, RequestID: z.string().nullish() });

export function encodeSubscribeJson(request: SubscribeRequest): Uint8Array {
  return encode({ Params: { ID: request.measurementId }, RequestID: request.resultsRequestId });
}

export function decodeSubscribeJson(body: Uint8Array): SubscribeRequest {
  const { Params: params, RequestID } = decode(SubscribeBody, body, SMALL_BYTES_MAX, "subscription");
  return { measurementId: params.ID, resultsRequestId: RequestID ?? "" };
}

const TokenBody = z.object({ Token: z.string() });

export function encodeTokenJson(token: string): Uint8Array {
  return encode({ Token: token });
}

export function decodeTokenJson(body: Uint8Array): string {
  return decode(TokenBody, body, SMALL_BYTES_MAX, "log-in").Token;
}

const Text = z.string().nullish();

const ErrorBody = z.object({ Code: z.string(), Message: Text, Errors: z.unknown().optional() });

export function encodeErrorJson(error: WireError): Uint8Array {
  return encode({ Code: error.code, ...(error.message === "" ? {} : { Message: error.message }) });
}

export function decodeErrorJson(body: Uint8Array): WireError {
  const { Code, Message, Errors } = decode(ErrorBody, body, SMALL_BYTES_MAX, "error");
  const reasons = readReasons(Errors);
  return { code: Code, message: Message ?? "", ...(reasons.length > 0 ? { reasons } : {}) };
}

const ResultBody = z.object({
  MeasurementID: Text,
  MeasurementDataID: Text,
  MeasurementResultID: Text,
  Multiplier: z.number().min(0).nullish(),
  // Not described further: with millions of values a schema is slow, `channelOf` looks at them.
  Channels: z.unknown().optional(),
  Error: z.object({ Code: Text, Errors: z.unknown().optional() }).nullish(),
});

export function encodeResultJson(message: ResultMessage): Uint8Array {
  return encode(resultJson(message));
}

/** A result as REST sends it too: GET /measurements/<id>/results/<chunk number>. */
export function resultJson(message: ResultMessage): Record<string, unknown> {
  const channels = message.channels.map(({ id, data, notes }) => [
    id,
    { Channel: id, Data: data, ...(notes.length > 0 ? { Notes: notes } : {}) },
  ]);
  return {
    MeasurementID: message.measurementId,
    MeasurementDataID: message.measurementDataId,
    MeasurementResultID: message.measurementResultId,
    Multiplier: message.multiplier,
    Channels: Object.fromEntries(channels),
    Error: { Code: message.errorCode },
  };
}

export function decodeResultJson(body: Uint8Array): ResultMessage {
  return resultOf(decode(ResultBody, body, MESSAGE_BYTES_MAX, "result"));
}

const Expanded = z.object({
  Results: z.record(
    z.string(),
    z.array(z.object({ Data: z.unknown().optional(), Multiplier: z.number().min(0), Notes: z.unknown().optional() })),
  ),
});

/**
 * The answer to GET /measurements/<id>/results/<chunk number>; undefined for `{}`, which means "not yet". Nothing
 * published says which form an answer has: that of a WebSocket result and that of a whole measurement are both read.
 * @throws AppError WIRE
 */
export function readIntermediate(json: unknown, measurementId: string, chunkNumber: number): ResultMessage | undefined {
  const ids = { MeasurementID: measurementId, MeasurementDataID: `${measurementId}:${chunkNumber}` };
  const expanded = Expanded.safeParse(json);
  if (expanded.success) return expandedResult(expanded.data, ids);
  const { success, data } = ResultBody.safeParse(json);
  if (!success) throw new AppError("WIRE", "unreadable result");
  if (data.Channels === undefined && !data.Error) return undefined;
  return resultOf({ ...data, ...ids });
}

/** Signals with multipliers of their own, brought to the largest of them. */
function expandedResult(
  { Results }: z.infer<typeof Expanded>,
  ids: { MeasurementID: string; MeasurementDataID: string },
): ResultMessage | undefined {
  const entries = Object.entries(Results).flatMap(([id, [first]]) => (first ? [{ id, ...first }] : []));
  if (entries.length === 0) return undefined;
  const multiplier = Math.max(...entries.map(({ Multiplier }) => Multiplier));
  const channels = entries.map(({ id, Data, Multiplier, Notes }) => {
    const channel = channelOf(id, { Data, Notes });
    const data = Multiplier === 0 ? [] : channel.data.map((value) => (value / Multiplier) * multiplier);
    return { ...channel, data };
  });
  return { ...resultOf({ ...ids, Multiplier: multiplier, Channels: undefined }), channels: bounded(channels) };
}

function resultOf(fields: z.infer<typeof ResultBody>): ResultMessage {
  const reasons = readReasons(fields.Error?.Errors);
  return {
    measurementId: fields.MeasurementID ?? "",
    measurementDataId: fields.MeasurementDataID ?? "",
    measurementResultId: fields.MeasurementResultID ?? "",
    multiplier: fields.Multiplier ?? 0,
    channels: channelsOf(fields.Channels),
    errorCode: fields.Error?.Code || "OK",
    ...(reasons.length > 0 ? { reasons } : {}),
  };
}

function channelsOf(value: unknown): readonly ResultChannel[] {
  if (value === undefined || value === null) return [];
  if (typeof value !== "object" || Array.isArray(value)) throw unreadableChannel();
  const entries = Object.entries(value);
  return bounded(entries.map(([id, channel]) => channelOf(id, channel)));
}

function bounded(channels: readonly ResultChannel[]): readonly ResultChannel[] {
  checkAtMost(channels.length, CHANNELS_MAX, "signals");
  let values = 0;
  for (const { data } of channels) values += data.length;
  checkAtMost(values, VALUES_MAX, "values");
  return channels;
}

function channelOf(id: string, value: unknown): ResultChannel {
  if (typeof value !== "object" || value === null) throw unreadableChannel();
  const { Data = [], Notes } = value as { Data?: unknown; Notes?: unknown };
  if (!Array.isArray(Data) || !Data.every((item) => Number.isFinite(item))) throw unreadableChannel();
  const notes = Array.isArray(Notes) ? Notes.filter((note) => typeof note === "string") : [];
  checkAtMost(notes.length, NOTES_MAX, "notes");
  return { id, data: Data, notes };
}

function unreadableChannel(): AppError {
  return new AppError("WIRE", "unreadable result: a signal is not of its form");
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
}

function bytesOf(base64: string): Uint8Array {
  return Buffer.from(base64, "base64");
}
