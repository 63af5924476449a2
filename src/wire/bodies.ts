import {
  type AddDataRequest,
  type AddDataResponse,
  decodeAddDataRequest,
  decodeAddDataResponse,
  decodeErrorMessage,
  decodeResultMessage,
  decodeSubscribeRequest,
  decodeTokenMessage,
  encodeAddDataRequest,
  encodeAddDataResponse,
  encodeErrorMessage,
  encodeResultMessage,
  encodeSubscribeRequest,
  encodeTokenMessage,
  type ResultMessage,
  type SubscribeRequest,
  type WireError,
} from "./v1-messages.js";
import {
  decodeAddDataAckJson,
  decodeAddDataJson,
  decodeErrorJson,
  decodeResultJson,
  decodeSubscribeJson,
  decodeTokenJson,
  encodeAddDataAckJson,
  encodeAddDataJson,
  encodeErrorJson,
  encodeResultJson,
  encodeSubscribeJson,
  encodeTokenJson,
  type OrderlessDataRequest,
} from "./v2-json.js";

/** The bodies of the WebSocket messages in one of their two forms. Decoders throw AppError WIRE. */
export interface Bodies {
  readonly encodeAddData: (request: AddDataRequest) => Uint8Array;
  readonly decodeAddData: (body: Uint8Array) => OrderlessDataRequest;
  readonly encodeAddDataAck: (response: AddDataResponse) => Uint8Array;
  readonly decodeAddDataAck: (body: Uint8Array) => AddDataResponse;
  readonly encodeSubscribe: (request: SubscribeRequest) => Uint8Array;
  readonly decodeSubscribe: (body: Uint8Array) => SubscribeRequest;
  readonly subscribeAck: Uint8Array;
  readonly encodeResult: (message: ResultMessage) => Uint8Array;
  readonly decodeResult: (body: Uint8Array) => ResultMessage;
  readonly encodeError: (error: WireError) => Uint8Array;
  readonly decodeError: (body: Uint8Array) => WireError;
  readonly encodeToken: (token: string) => Uint8Array;
  readonly decodeToken: (body: Uint8Array) => string;
}

/** Version 1, and version 2 with the subprotocol `proto` or with none. */
export const PROTOBUF_BODIES: Bodies = {
  encodeAddData: encodeAddDataRequest,
  decodeAddData: decodeAddDataRequest,
  encodeAddDataAck: encodeAddDataResponse,
  decodeAddDataAck: decodeAddDataResponse,
  encodeSubscribe: encodeSubscribeRequest,
  decodeSubscribe: decodeSubscribeRequest,
  // 13 bytes in all: version 1 clients know it by that.
  subscribeAck: new Uint8Array(),
  encodeResult: encodeResultMessage,
  decodeResult: decodeResultMessage,
  encodeError: encodeErrorMessage,
  decodeError: decodeErrorMessage,
  encodeToken: encodeTokenMessage,
  decodeToken: decodeTokenMessage,
};

/** Version 2 with the subprotocol `json`. */
export const JSON_BODIES: Bodies = {
  encodeAddData: encodeAddDataJson,
  decodeAddData: decodeAddDataJson,
  encodeAddDataAck: encodeAddDataAckJson,
  decodeAddDataAck: decodeAddDataAckJson,
  encodeSubscribe: encodeSubscribeJson,
  decodeSubscribe: decodeSubscribeJson,
  // The npm client knows it by an empty object.
  subscribeAck: new TextEncoder().encode("{}"),
  encodeResult: encodeResultJson,
  decodeResult: decodeResultJson,
  encodeError: encodeErrorJson,
  decodeError: decodeErrorJson,
  encodeToken: encodeTokenJson,
  decodeToken: decodeTokenJson,
};
