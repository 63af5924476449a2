import protobuf from "protobufjs";

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

// Bodies of WebSocket messages as protobuf: version 1, and version 2 with the subprotocol `proto` or with none. Field numbers and types are facts of the protocol, read
// from the published clients' descriptors; the text is ours. Integers use proto3 rules: a zero or empty
// field is not on the wire, so chunk 0 carries no ChunkOrder.
const PROTO = `
  syntax = "proto3";
  message MeasurementParams { string ID = 1; }
  message DataRequest {
    MeasurementParams Params = 1;
    string Action = 2;
    uint32 ChunkOrder = 3;
    uint64 StartTime = 4;
    uint64 EndTime = 5;
    float Duration = 6;
    bytes Payload = 7;
    bytes Meta = 8;
  }
  message DataResponse { string ID = 1; uint32 ChunkOrder = 2; }
  message SubscribeResultsRequest { MeasurementParams Params = 1; string RequestID = 2; }
  message Messages { repeated string msgs = 1; }
  message ResultError { string Code = 1; map<string, Messages> Errors = 2; }
  message Channel { repeated sint32 Data = 1; string Channel = 2; repeated string Notes = 3; }
  message SubscribeResultsResponse {
    string MeasurementID = 1;
    string MeasurementDataID = 2;
    string MeasurementResultID = 3;
    uint32 Multiplier = 4;
    map<string, Channel> Channels = 5;
    ResultError Error = 6;
  }
  message Error { string Code = 1; map<string, Messages> Errors = 2; string Message = 3; }
  message LoginWithToken { string Token = 1; }
`;

const root = protobuf.parse(PROTO, { keepCase: true }).root;

type Plain = Record<string, unknown>;

function encode(type: string, fields: Plain): Uint8Array {
  const messageType = root.lookupType(type);
  return messageType.encode(messageType.create(fields)).finish();
}

function decode(type: string, bytes: Uint8Array, bytesMax: number): Plain {
  checkAtMost(bytes.length, bytesMax, `bytes of ${type}`);
  const messageType = root.lookupType(type);
  try {
    const message = messageType.decode(bytes);
    return messageType.toObject(message, { longs: Number, defaults: true, arrays: true, objects: true });
  } catch (error) {
    throw new AppError("WIRE", `unreadable ${type} message`, { cause: error });
  }
}

/** Leaves zero, empty and absent values out, as proto3 writers do. */
function present(fields: Plain): Plain {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => {
      if (value === undefined || value === 0 || value === "") return false;
      return !(value instanceof Uint8Array) || value.length > 0;
    }),
  );
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number => (typeof value === "number" ? value : 0);
const bytes = (value: unknown): Uint8Array => (value instanceof Uint8Array ? value : new Uint8Array());
const record = (value: unknown): Plain => (typeof value === "object" && value !== null ? (value as Plain) : {});
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

export interface AddDataRequest {
  readonly measurementId: string;
  readonly action: string;
  readonly chunkOrder: number;
  readonly startTimeS: number;
  readonly endTimeS: number;
  readonly durationS: number;
  readonly payload: Uint8Array;
  readonly meta: Uint8Array;
}

export function encodeAddDataRequest(request: AddDataRequest): Uint8Array {
  return encode("DataRequest", {
    Params: { ID: request.measurementId },
    ...present({
      Action: request.action,
      ChunkOrder: request.chunkOrder,
      StartTime: request.startTimeS,
      EndTime: request.endTimeS,
      Duration: request.durationS,
      Payload: request.payload,
      Meta: request.meta,
    }),
  });
}

export function decodeAddDataRequest(body: Uint8Array): AddDataRequest {
  const fields = decode("DataRequest", body, DATA_BYTES_MAX);
  return {
    measurementId: text(record(fields["Params"])["ID"]),
    action: text(fields["Action"]),
    chunkOrder: number(fields["ChunkOrder"]),
    startTimeS: number(fields["StartTime"]),
    endTimeS: number(fields["EndTime"]),
    durationS: number(fields["Duration"]),
    payload: bytes(fields["Payload"]),
    meta: bytes(fields["Meta"]),
  };
}

export interface AddDataResponse {
  /** ID of the stored data, not of the measurement. */
  readonly id: string;
  readonly chunkOrder: number;
}

export function encodeAddDataResponse(response: AddDataResponse): Uint8Array {
  return encode("DataResponse", present({ ID: response.id, ChunkOrder: response.chunkOrder }));
}

export function decodeAddDataResponse(body: Uint8Array): AddDataResponse {
  const fields = decode("DataResponse", body, SMALL_BYTES_MAX);
  return { id: text(fields["ID"]), chunkOrder: number(fields["ChunkOrder"]) };
}

export interface SubscribeRequest {
  readonly measurementId: string;
  /** Results carry this ID; the acknowledgement carries the one in the head of the request. */
  readonly resultsRequestId: string;
}

export function encodeSubscribeRequest(request: SubscribeRequest): Uint8Array {
  return encode("SubscribeResultsRequest", {
    Params: { ID: request.measurementId },
    ...present({ RequestID: request.resultsRequestId }),
  });
}

export function decodeSubscribeRequest(body: Uint8Array): SubscribeRequest {
  const fields = decode("SubscribeResultsRequest", body, SMALL_BYTES_MAX);
  return { measurementId: text(record(fields["Params"])["ID"]), resultsRequestId: text(fields["RequestID"]) };
}

export interface ResultChannel {
  readonly id: string;
  /** Whole numbers; the shown value is data / multiplier. */
  readonly data: readonly number[];
  readonly notes: readonly string[];
}

export interface ResultMessage {
  readonly measurementId: string;
  /** `<measurement id>:<chunk number>`. */
  readonly measurementDataId: string;
  readonly measurementResultId: string;
  readonly multiplier: number;
  readonly channels: readonly ResultChannel[];
  /** "OK" on success. */
  readonly errorCode: string;
  /** What is known of the failure, a line for each signal. */
  readonly reasons?: readonly string[];
}

export function encodeResultMessage(message: ResultMessage): Uint8Array {
  const channels = message.channels.map((channel) => [
    channel.id,
    {
      Data: [...channel.data],
      Channel: channel.id,
      ...(channel.notes.length > 0 ? { Notes: [...channel.notes] } : {}),
    },
  ]);
  return encode("SubscribeResultsResponse", {
    ...present({
      MeasurementID: message.measurementId,
      MeasurementDataID: message.measurementDataId,
      MeasurementResultID: message.measurementResultId,
      Multiplier: message.multiplier,
    }),
    Channels: Object.fromEntries(channels),
    Error: present({ Code: message.errorCode }),
  });
}

export function decodeResultMessage(body: Uint8Array): ResultMessage {
  checkAtMost(body.length, MESSAGE_BYTES_MAX, "bytes of SubscribeResultsResponse");
  checkCounts(body);
  const fields = decode("SubscribeResultsResponse", body, MESSAGE_BYTES_MAX);
  const channels = Object.entries(record(fields["Channels"])).map(([id, value]) => {
    const channel = record(value);
    const notes = list(channel["Notes"]);
    checkAtMost(notes.length, NOTES_MAX, "notes");
    return { id, data: list(channel["Data"]).map(number), notes: notes.map(text) };
  });
  const error = record(fields["Error"]);
  const reasons = readReasons(error["Errors"]);
  return {
    measurementId: text(fields["MeasurementID"]),
    measurementDataId: text(fields["MeasurementDataID"]),
    measurementResultId: text(fields["MeasurementResultID"]),
    multiplier: number(fields["Multiplier"]),
    channels,
    errorCode: text(error["Code"]) || "OK",
    ...(reasons.length > 0 ? { reasons } : {}),
  };
}

/**
 * Counts signals and values before anything is built from them. Every varint ends with its one byte below 0x80,
 * so those are at least as many as the values.
 */
function checkCounts(body: Uint8Array): void {
  let channels = 0;
  let values = 0;
  try {
    const reader = protobuf.Reader.create(body);
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag !== CHANNELS_TAG) {
        reader.skipType(tag & 7);
        continue;
      }
      channels += 1;
      for (const byte of reader.bytes()) values += byte < 0x80 ? 1 : 0;
    }
  } catch (error) {
    throw new AppError("WIRE", "unreadable SubscribeResultsResponse message", { cause: error });
  }
  checkAtMost(channels, CHANNELS_MAX, "signals");
  checkAtMost(values, VALUES_MAX, "values");
}

/** Field 5, length-delimited. */
const CHANNELS_TAG = (5 << 3) | 2;

export interface WireError {
  readonly code: string;
  readonly message: string;
  /** What is wrong, a line for each field of the request. */
  readonly reasons?: readonly string[];
}

export function encodeErrorMessage(error: WireError): Uint8Array {
  return encode("Error", present({ Code: error.code, Message: error.message }));
}

export function decodeErrorMessage(body: Uint8Array): WireError {
  const fields = decode("Error", body, SMALL_BYTES_MAX);
  const reasons = readReasons(fields["Errors"]);
  const error = { code: text(fields["Code"]), message: text(fields["Message"]) };
  return reasons.length > 0 ? { ...error, reasons } : error;
}

/** Body of 0718, the log-in of clients that cannot set headers, and of its reply. */
export function encodeTokenMessage(token: string): Uint8Array {
  return encode("LoginWithToken", present({ Token: token }));
}

export function decodeTokenMessage(body: Uint8Array): string {
  return text(decode("LoginWithToken", body, SMALL_BYTES_MAX)["Token"]);
}
