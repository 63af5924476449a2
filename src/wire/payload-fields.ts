import protobuf from "protobufjs";

import { AppError } from "../domain/errors.js";

// Reading the protobuf message of a payload field by field, with every count bounded before it is allocated.

/** Wire types of protobuf. */
export const VARINT = 0;
export const DELIMITED = 2;

type NumberKind = "double" | "float" | "uint32";
/** Kept in no more room than on the wire: the server keeps all chunks of a measurement that goes on. */
const ARRAY = { uint32: Uint32Array, double: Float64Array, float: Float32Array } as const;
export type NumberArray = InstanceType<(typeof ARRAY)[NumberKind]>;
const WIRE_TYPE: Readonly<Record<NumberKind, number>> = { uint32: VARINT, double: 1, float: 5 };

/** Repeated numbers of a message, by name. */
export type ColumnFields = Readonly<Record<string, { readonly field: number; readonly kind: NumberKind }>>;

/** More frames than the longest chunk (30 s) at 240 Hz holds are refused. */
const FRAMES_MAX = 30 * 240 + 240;
const TEXT_BYTES_MAX = 256;
/** No colour, place or angle is a tenth as large. */
const FLOAT_MAX = 1e6;

interface Field {
  readonly field: number;
  readonly wireType: number;
  /** Stands before the field's value, which whoever takes the field reads or skips. */
  readonly reader: protobuf.Reader;
}

/** The fields of a message in their order. */
export function* fieldsOf(bytes: Uint8Array): Generator<Field, void, undefined> {
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    yield { field: tag >>> 3, wireType: tag & 7, reader };
  }
}

/** The bytes of a length-delimited field, not copied. */
export function delimitedIn(reader: protobuf.Reader): Uint8Array {
  const length = reader.uint32();
  const start = reader.pos;
  // Moves on, or throws when there are not so many.
  reader.skip(length);
  return reader.buf.subarray(start, start + length);
}

/** @throws AppError WIRE when it is too long for a name, an Error when it is not UTF-8. */
export function textIn(reader: protobuf.Reader): string {
  const bytes = delimitedIn(reader);
  if (bytes.length > TEXT_BYTES_MAX) throw refusal(`the payload holds a name of ${bytes.length} bytes`);
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

/** The columns of a message: repeated numbers, never more than there can be frames. */
export class Columns<Name extends string> {
  readonly #byName: Readonly<Record<string, Column>>;
  readonly #byField: ReadonlyMap<number, Column>;

  constructor(fields: ColumnFields & Readonly<Record<Name, unknown>>) {
    const entries = Object.entries(fields).map(([name, { field, kind }]) => ({
      field,
      column: new Column(name, kind),
    }));
    this.#byName = Object.fromEntries(entries.map(({ column }) => [column.name, column]));
    this.#byField = new Map(entries.map(({ field, column }) => [field, column]));
  }

  /**
   * Reads a field, packed or not; false when it is none of these columns.
   * @throws AppError WIRE when it has more numbers than there can be frames.
   */
  take(field: number, wireType: number, reader: protobuf.Reader): boolean {
    return this.#byField.get(field)?.take(wireType, reader) ?? false;
  }

  /** @throws AppError WIRE when a value is not finite or out of all proportion. */
  all(name: Name): NumberArray {
    return this.#byName[name]?.checked() ?? new Uint32Array(0);
  }

  /** As `all`. @throws AppError WIRE when it has not one number for each frame. */
  ofLength(name: Name, count: number): NumberArray {
    const values = this.all(name);
    if (values.length !== count) throw refusal(`payload field ${name} has ${values.length} values for ${count} frames`);
    return values;
  }
}

class Column {
  readonly name: string;
  readonly #kind: NumberKind;
  readonly #values: number[] = [];

  constructor(name: string, kind: NumberKind) {
    this.name = name;
    this.#kind = kind;
  }

  take(wireType: number, reader: protobuf.Reader): boolean {
    if (wireType === DELIMITED) this.#takePacked(delimitedIn(reader));
    else if (wireType === WIRE_TYPE[this.#kind]) {
      this.#refuseMore(1);
      this.#values.push(reader[this.#kind]());
    } else return false;
    return true;
  }

  checked(): NumberArray {
    if (!this.#values.every(Number.isFinite)) {
      throw refusal(`payload field ${this.name} holds a value that is no number`);
    }
    if (this.#kind === "float" && this.#values.some((value) => Math.abs(value) > FLOAT_MAX)) {
      throw refusal(`payload field ${this.name} holds a value that is far too large`);
    }
    return ARRAY[this.#kind].from(this.#values);
  }

  #takePacked(packed: Uint8Array): void {
    this.#refuseMore(countIn(packed, this.#kind));
    const reader = protobuf.Reader.create(packed);
    while (reader.pos < reader.len) this.#values.push(reader[this.#kind]());
  }

  #refuseMore(coming: number): void {
    const count = this.#values.length + coming;
    if (count <= FRAMES_MAX) return;
    const what = this.name === "timestamp_ms" ? `${count} frames` : `${count} values of ${this.name}`;
    throw refusal(`the payload holds ${what}, ${FRAMES_MAX} at most are taken`);
  }
}

/** How many numbers the bytes of a packed column hold; each varint ends with a byte below 128. */
function countIn(packed: Uint8Array, kind: NumberKind): number {
  if (kind === "double") return Math.ceil(packed.length / 8);
  if (kind === "float") return Math.ceil(packed.length / 4);
  let count = 0;
  for (const byte of packed) if (byte < 128) count += 1;
  return count;
}

export function refusal(message: string): AppError {
  return new AppError("WIRE", message);
}
