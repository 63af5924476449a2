import { AppError } from "../domain/errors.js";
import {
  type ColumnFields,
  Columns,
  DELIMITED,
  delimitedIn,
  fieldsOf,
  type NumberArray,
  refusal,
  textIn,
  VARINT,
} from "./payload-fields.js";

// The payload of our own extraction engine, written by native/core/payload_writer.cc and read by the local
// server. docs/payload.md describes it. The DeepAffex cloud does not understand it, and we do not
// understand the payloads of the licensed SDK.
//
//   44 58 54 50   magic "DXTP"
//   01            version
//   ...           protobuf message Payload
//
//   message Payload {                        message Region {
//     string engine = 1;                       string name = 1;
//     uint32 chunk_number = 2;                 bool skin = 2;
//     uint32 first_frame = 3;                  repeated uint32 pixels = 3;
//     repeated double timestamp_ms = 4;        repeated float red = 4;
//     repeated uint32 frame_number = 5;        repeated float green = 5;
//     repeated uint32 face = 6;                repeated float blue = 6;
//     repeated float centre_x = 7;             repeated float spread = 7;
//     repeated float centre_y = 8;             repeated float clipped = 8;
//     repeated float eye_distance = 9;       }
//     repeated float roll = 10;
//     repeated float yaw = 11;               message Marker {
//     repeated float pitch = 12;               uint32 frame_number = 1;
//     repeated Region regions = 13;            string text = 2;
//     repeated Marker markers = 14;          }
//     repeated uint32 key_frames = 15;
//   }
//
// It is read by hand, because uploads come from strangers: every count is known and bounded before there is an
// object or an array for it, which a general decoder does only afterwards.
const MAGIC = [0x44, 0x58, 0x54, 0x50];
const VERSION = 1;
const PAYLOAD_COLUMNS = {
  timestamp_ms: { field: 4, kind: "double" },
  frame_number: { field: 5, kind: "uint32" },
  face: { field: 6, kind: "uint32" },
  centre_x: { field: 7, kind: "float" },
  centre_y: { field: 8, kind: "float" },
  eye_distance: { field: 9, kind: "float" },
  roll: { field: 10, kind: "float" },
  yaw: { field: 11, kind: "float" },
  pitch: { field: 12, kind: "float" },
  key_frames: { field: 15, kind: "uint32" },
} as const satisfies ColumnFields;
const REGION_COLUMNS = {
  pixels: { field: 3, kind: "uint32" },
  red: { field: 4, kind: "float" },
  green: { field: 5, kind: "float" },
  blue: { field: 6, kind: "float" },
  spread: { field: 7, kind: "float" },
  clipped: { field: 8, kind: "float" },
} as const satisfies ColumnFields;

/** Bits of `EnginePayload.face`. */
export const FACE_PRESENT = 1;
export const FACE_POSE_VALID = 2;
export const FACE_DETECTED = 4;

/** One region over the frames of a chunk; every array has one entry per frame. */
export interface RegionSeries {
  readonly name: string;
  /** False for the background patch that serves as the noise reference. */
  readonly skin: boolean;
  /** Pixels that were averaged; 0 where the region was not visible: the other values mean nothing there. */
  readonly pixels: ArrayLike<number>;
  /** Mean red, green and blue, 0 to 255, in floating point. */
  readonly red: ArrayLike<number>;
  readonly green: ArrayLike<number>;
  readonly blue: ArrayLike<number>;
  /** Standard deviation of luma inside the region, in grey levels. */
  readonly spread: ArrayLike<number>;
  /** Share of pixels that are clipped (too bright or too dark), 0 to 1. */
  readonly clipped: ArrayLike<number>;
}

/** What one chunk says about the skin. Every array has one entry per frame. */
export interface EnginePayload {
  readonly engine: string;
  readonly chunkNumber: number;
  readonly timestampMs: ArrayLike<number>;
  readonly frameNumber: ArrayLike<number>;
  /** FACE_* bits. */
  readonly face: ArrayLike<number>;
  /** Centre of the face and distance of the eyes, in picture pixels. */
  readonly centreX: ArrayLike<number>;
  readonly centreY: ArrayLike<number>;
  readonly eyeDistance: ArrayLike<number>;
  /** Head pose in degrees, estimated from the points. */
  readonly roll: ArrayLike<number>;
  readonly yaw: ArrayLike<number>;
  readonly pitch: ArrayLike<number>;
  readonly regions: readonly RegionSeries[];
  /** Numbers of the frames that the codec stored whole, ascending; undefined: not known (a camera, an older engine). */
  readonly keyFrames?: ArrayLike<number> | undefined;
}

const REGIONS_MAX = 64;
const TIMESTAMP_MS_MAX = 1e12;

/**
 * Reads a payload of our engine.
 * @throws AppError WIRE when it is not one, is of an unknown version, or its arrays do not fit each other.
 */
export function decodeEnginePayload(bytes: Uint8Array): EnginePayload {
  if (bytes.length < 5 || MAGIC.some((byte, index) => bytes[index] !== byte)) {
    throw refusal("this payload was not made by dfxterm's engine");
  }
  const version = bytes[4];
  if (version !== VERSION) throw refusal(`payload version ${version} is not known here (only ${VERSION})`);
  try {
    return readPayload(bytes.subarray(5));
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError("WIRE", "the payload is damaged: it ends too early or breaks the rules of its format", {
      cause: error,
    });
  }
}

function readPayload(bytes: Uint8Array): EnginePayload {
  const columns = new Columns(PAYLOAD_COLUMNS);
  const regions: UnmeasuredRegion[] = [];
  let engine = "";
  let chunkNumber = 0;
  for (const { field, wireType, reader } of fieldsOf(bytes)) {
    if (columns.take(field, wireType, reader)) continue;
    if (field === 1 && wireType === DELIMITED) engine = textIn(reader);
    else if (field === 2 && wireType === VARINT) chunkNumber = reader.uint32();
    else if (field === 13 && wireType === DELIMITED) {
      if (regions.length === REGIONS_MAX) {
        throw refusal(`the payload holds ${REGIONS_MAX + 1} regions or more, ${REGIONS_MAX} at most are taken`);
      }
      regions.push(readRegion(delimitedIn(reader)));
    } else reader.skipType(wireType, 0, field);
  }
  const timestampMs = columns.all("timestamp_ms");
  const count = timestampMs.length;
  if (!isIncreasing(timestampMs, TIMESTAMP_MS_MAX)) {
    throw refusal("the frames of the payload are not in the order of their times");
  }
  const keyFrames = columns.all("key_frames");
  if (keyFrames.length > count) throw refusal(`the payload names ${keyFrames.length} key frames among ${count} frames`);
  return {
    engine,
    chunkNumber,
    timestampMs,
    frameNumber: columns.ofLength("frame_number", count),
    face: columns.ofLength("face", count),
    centreX: columns.ofLength("centre_x", count),
    centreY: columns.ofLength("centre_y", count),
    eyeDistance: columns.ofLength("eye_distance", count),
    roll: columns.ofLength("roll", count),
    yaw: columns.ofLength("yaw", count),
    pitch: columns.ofLength("pitch", count),
    regions: regions.map((region) => region.ofLength(count)),
    keyFrames: keyFrames.length > 0 ? keyFrames : undefined,
  };
}

/** A region as far as it has been read: only the whole payload tells how many frames there are. */
interface UnmeasuredRegion {
  /** @throws AppError WIRE when its columns have not one value per frame. */
  ofLength(count: number): RegionSeries;
}

function readRegion(bytes: Uint8Array): UnmeasuredRegion {
  const columns = new Columns(REGION_COLUMNS);
  let name = "";
  let skin = false;
  for (const { field, wireType, reader } of fieldsOf(bytes)) {
    if (columns.take(field, wireType, reader)) continue;
    if (field === 1 && wireType === DELIMITED) name = textIn(reader);
    else if (field === 2 && wireType === VARINT) skin = reader.bool();
    else reader.skipType(wireType, 0, field);
  }
  return {
    ofLength: (count) => ({
      name,
      skin,
      pixels: columns.ofLength("pixels", count),
      red: columns.ofLength("red", count),
      green: columns.ofLength("green", count),
      blue: columns.ofLength("blue", count),
      spread: columns.ofLength("spread", count),
      clipped: columns.ofLength("clipped", count),
    }),
  };
}

function isIncreasing(values: NumberArray, valueMax: number): boolean {
  const [first = 0] = values;
  return first >= 0 && values.every((value, at) => value <= valueMax && (at === 0 || value > (values[at - 1] ?? 0)));
}
