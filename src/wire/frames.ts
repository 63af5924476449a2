import { AppError } from "../domain/errors.js";

// Every WebSocket message of the DFX protocol is a short ASCII head and a body.
//
//   request    0506 abcdef0123 body...     action (4), request ID (10)
//   response   abcdef0123 200  body...     request ID (10), status (3)
//
// Source: the published Python clients, versions 1 and 2 alike.

const ACTION_LENGTH = 4;
const REQUEST_ID_LENGTH = 10;
const STATUS_LENGTH = 3;

/** Action numbers of the messages that travel over the WebSocket. */
export const ADD_DATA = "0506";
export const SUBSCRIBE_RESULTS = "0510";
export const LOGIN_WITH_TOKEN = "0718";

export interface RequestFrame {
  readonly action: string;
  readonly requestId: string;
  readonly body: Uint8Array;
}

export interface ResponseFrame {
  readonly requestId: string;
  /** HTTP-like status, 100 to 599. */
  readonly status: number;
  readonly body: Uint8Array;
}

export function encodeRequest(action: string, requestId: string, body: Uint8Array): Uint8Array {
  return withHead(checked(action, /^\d{4}$/, "action") + checked(requestId, /^[\x21-\x7e]{10}$/, "request ID"), body);
}

/** @throws AppError WIRE when the bytes are shorter than a head or the head is not ASCII of that form. */
export function decodeRequest(bytes: Uint8Array): RequestFrame {
  const head = headOf(bytes, ACTION_LENGTH + REQUEST_ID_LENGTH);
  return {
    action: checked(head.slice(0, ACTION_LENGTH), /^\d{4}$/, "action"),
    requestId: checked(head.slice(ACTION_LENGTH), /^[\x21-\x7e]{10}$/, "request ID"),
    body: bytes.subarray(ACTION_LENGTH + REQUEST_ID_LENGTH),
  };
}

export function encodeResponse(requestId: string, status: number, body: Uint8Array): Uint8Array {
  return withHead(
    checked(requestId, /^[\x21-\x7e]{10}$/, "request ID") + checked(String(status), /^[1-5]\d\d$/, "status"),
    body,
  );
}

/** @throws AppError WIRE as `decodeRequest`. */
export function decodeResponse(bytes: Uint8Array): ResponseFrame {
  const head = headOf(bytes, REQUEST_ID_LENGTH + STATUS_LENGTH);
  return {
    requestId: checked(head.slice(0, REQUEST_ID_LENGTH), /^[\x21-\x7e]{10}$/, "request ID"),
    status: Number(checked(head.slice(REQUEST_ID_LENGTH), /^[1-5]\d\d$/, "status")),
    body: bytes.subarray(REQUEST_ID_LENGTH + STATUS_LENGTH),
  };
}

function checked(text: string, form: RegExp, what: string): string {
  if (!form.test(text)) throw new AppError("WIRE", `unreadable message: bad ${what}`);
  return text;
}

function headOf(bytes: Uint8Array, length: number): string {
  if (bytes.length < length) throw new AppError("WIRE", `unreadable message: ${bytes.length} bytes, ${length} needed`);
  return Buffer.from(bytes.buffer, bytes.byteOffset, length).toString("latin1");
}

function withHead(head: string, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(Buffer.from(head, "latin1"));
  bytes.set(body, head.length);
  return bytes;
}
