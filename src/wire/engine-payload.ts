import protobuf from "protobufjs";

import { AppError } from "../domain/errors.js";

// The payload of our own extraction engine, written by native/core/payload_writer.cc and read by the local
// server. docs/payload.md describes it. The DeepAffex cloud does not understand it, and we do not
// understand the payloads of the licensed SDK.
//
//   44 58 54 50   magic "DXTP"
//   01            version
//   ...           protobuf message Payload
const MAGIC = [0x44, 0x58, 0x54, 0x50];
const VERSION = 1;

const PROTO = `
  syntax = "proto3";
  message Region {
    string name = 1;
    bool skin = 2;
    repeated uint32 pixels = 3;
    repeated float red = 4;
    repeated float green = 5;
    repeated float blue = 6;
    repeated float spread = 7;
    repeated float clipped = 8;
  }
  message Payload {
    string engine = 1;
    uint32 chunk_number = 2;
    uint32 first_frame = 3;
    repeated double timestamp_ms = 4;
    repeated uint32 frame_number = 5;
    repeated uint32 face = 6;
    repeated float centre_x = 7;
    repeated float centre_y = 8;
    repeated float eye_distance = 9;
    repeated float roll = 10;
    repeated float yaw = 11;
    repeated float pitch = 12;
    repeated Region regions = 13;
    repeated Marker markers = 14;
    repeated uint32 key_frames = 15;
  }
  message Marker { uint32 frame_number = 1; string text = 2; }
`;

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

/** More frames than the longest chunk (30 s) at 240 Hz holds are refused. */
const FRAMES_MAX = 30 * 240 + 240;
const REGIONS_MAX = 64;

const payloadType = protobuf.parse(PROTO, { keepCase: true }).root.lookupType("Payload");

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
  let fields: Record<string, unknown>;
  try {
    fields = payloadType.toObject(payloadType.decode(bytes.subarray(5)), { defaults: true, arrays: true });
  } catch (error) {
    throw new AppError("WIRE", "unreadable payload", { cause: error });
  }
  const count = (fields["timestamp_ms"] as number[]).length;
  if (count > FRAMES_MAX) throw refusal(`the payload holds ${count} frames, ${FRAMES_MAX} at most are taken`);
  const column = (owner: Record<string, unknown>, name: string): number[] => {
    const values = owner[name] as number[];
    if (values.length !== count) throw refusal(`payload field ${name} has ${values.length} values for ${count} frames`);
    if (!values.every(Number.isFinite)) throw refusal(`payload field ${name} holds a value that is no number`);
    return values;
  };
  const regions = fields["regions"] as Record<string, unknown>[];
  const keyFrames = fields["key_frames"] as number[];
  if (keyFrames.length > count) throw refusal(`the payload names ${keyFrames.length} key frames among ${count} frames`);
  if (regions.length > REGIONS_MAX) throw refusal(`the payload holds ${regions.length} regions`);
  return {
    engine: fields["engine"] as string,
    chunkNumber: fields["chunk_number"] as number,
    timestampMs: column(fields, "timestamp_ms"),
    frameNumber: column(fields, "frame_number"),
    face: column(fields, "face"),
    centreX: column(fields, "centre_x"),
    centreY: column(fields, "centre_y"),
    eyeDistance: column(fields, "eye_distance"),
    roll: column(fields, "roll"),
    yaw: column(fields, "yaw"),
    pitch: column(fields, "pitch"),
    regions: regions.map((region) => ({
      name: region["name"] as string,
      skin: region["skin"] as boolean,
      pixels: column(region, "pixels"),
      red: column(region, "red"),
      green: column(region, "green"),
      blue: column(region, "blue"),
      spread: column(region, "spread"),
      clipped: column(region, "clipped"),
    })),
    keyFrames: keyFrames.length > 0 ? keyFrames : undefined,
  };
}

function refusal(message: string): AppError {
  return new AppError("WIRE", message);
}
