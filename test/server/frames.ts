// Messages of a client, put together by hand: these tests do not use the codecs under test.

const REQUEST_ID_BYTES = 10;

function ascii(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

/** A protobuf field with a length; everything here is shorter than 2 MiB. */
function field(number: number, content: Uint8Array): Buffer {
  return Buffer.concat([varint((number << 3) | 2), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return Buffer.from([...bytes, rest]);
}

/** A number field; zero is not on the wire. */
function whole(tag: number, value: number): Buffer {
  return value === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([tag]), varint(value)]);
}

export function subscribe(headerId: string, measurementId: string, resultsId: string): Buffer {
  const body = [field(1, field(1, ascii(measurementId))), ...(resultsId === "" ? [] : [field(2, ascii(resultsId))])];
  return Buffer.concat([ascii(`0510${headerId}`), ...body]);
}

export interface ChunkMessage {
  readonly requestId: string;
  readonly measurementId: string;
  readonly action: string;
  readonly order: number;
  readonly payload: Uint8Array;
}

export function addData({ requestId, measurementId, action, order, payload }: ChunkMessage): Buffer {
  return Buffer.concat([
    ascii(`0506${requestId}`),
    field(1, field(1, ascii(measurementId))),
    field(2, ascii(action)),
    whole(0x18, order),
    whole(0x20, order * 5),
    whole(0x28, order * 5 + 5),
    Buffer.from("350000a040", "hex"),
    field(7, payload),
    field(8, ascii("{}")),
  ]);
}

export function login(requestId: string, token: string): Buffer {
  return Buffer.concat([ascii(`0718${requestId}`), field(1, ascii(token))]);
}

/** `["0123456789", "200"]` and what follows. */
export function partsOf(message: Buffer): { id: string; status: string; body: Buffer } {
  return {
    id: message.toString("latin1", 0, REQUEST_ID_BYTES),
    status: message.toString("latin1", REQUEST_ID_BYTES, REQUEST_ID_BYTES + 3),
    body: message.subarray(REQUEST_ID_BYTES + 3),
  };
}

/** The bytes of a util.Error with a code and, perhaps, a message. */
export function errorBody(code: string, message = ""): Buffer {
  return Buffer.concat([field(1, ascii(code)), ...(message === "" ? [] : [field(3, ascii(message))])]);
}
