import type { FaceTracker } from "../domain/engine.js";
import { AppError } from "../domain/errors.js";
import {
  type FaceAttributes,
  type FaceObservation,
  POINT_STRIDE,
  type PosePointNames,
  type Rect,
} from "../domain/face.js";
import { printable } from "../domain/printable.js";
import type { Frame } from "../domain/video.js";
import { POSE_POINT_NAMES } from "./pose-points.js";

// The original's file of faces that were tracked before, both ways (`--faces`, `--save_facepoints`):
//
//   {"frames": {"1": {"id": "1", "rect.x": 0, "rect.y": 0, "rect.w": 0, "rect.h": 0, "detected": true,
//     "poseValid": true, "points": {"13.2": {"x": 0.0, "y": 0.0, "valid": true, "estimated": true, "quality": 1.0}}}}}
//
// A frame that is absent has no face. Any other number beside the points is an attribute of the face ("rotation:x") and
// is kept; numbers may be written as text. What else is there is ignored.

/** A pose point of a file. */
interface FilePoint {
  /** Pixels. */
  readonly x: number;
  readonly y: number;
  /** 0 when the file has none. */
  readonly z: number;
  /** In [0, 1]; 0 for points that the file calls invalid. */
  readonly quality: number;
}

export interface FileFace {
  readonly id: string;
  readonly rect: Rect;
  readonly detected: boolean;
  readonly poseValid: boolean;
  readonly points: ReadonlyMap<string, FilePoint>;
  readonly attributes: FaceAttributes;
}

export interface FaceFile {
  /** Faces by frame number, in the numbering of the program that wrote the file. */
  readonly frames: ReadonlyMap<number, FileFace>;
  /** All names that occur, in order of first appearance. */
  readonly pointNames: PosePointNames;
}

/**
 * Reads a face file.
 * @param name what the file is called in messages.
 * @throws AppError FILE with one sentence that says what is wrong and where.
 */
export function parseFaceFile(text: string, name = "the file of --faces"): FaceFile {
  try {
    return fileIn(text);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    const advice = "write a new one with --save_facepoints";
    throw new AppError("FILE", `${name} is not a face file: ${error.message}; ${advice}`, { cause: error });
  }
}

/** What is wrong with a file, without its name. */
class Malformed extends Error {}

/** As many as the engine takes. */
const NAMES_MAX = 1024;
const NAME_CHARS_MAX = 64;

/** A name out of the file, for a message. */
function shown(name: string): string {
  return printable(name.slice(0, 20));
}

function fileIn(text: string): FaceFile {
  const entries = Object.entries(objectIn(objectIn(jsonIn(text), "the top level")["frames"], '"frames"'));
  const frames = new Map<number, FileFace>();
  const names = new Set<string>();
  for (const [key, value] of entries) {
    if (!/^\d{1,9}$/.test(key)) throw new Malformed(`"${shown(key)}" is not a frame number`);
    const face = faceIn(value, `frame ${key}`);
    frames.set(Number(key), face);
    for (const name of face.points.keys()) names.add(name);
    if (names.size > NAMES_MAX) throw new Malformed(`it names more than ${NAMES_MAX} different points`);
  }
  return { frames, pointNames: [...names] };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Malformed("it is not JSON", { cause: error });
  }
}

function faceIn(value: unknown, where: string): FileFace {
  const face = objectIn(value, where);
  const points = new Map<string, FilePoint>();
  for (const [name, point] of Object.entries(objectIn(face["points"] ?? {}, `the points of ${where}`))) {
    if (name.length > NAME_CHARS_MAX) throw new Malformed(`point ${shown(name)}... of ${where} has too long a name`);
    points.set(name, pointIn(point, `point ${shown(name)} of ${where}`));
  }
  const { id } = face;
  return {
    id: typeof id === "string" || typeof id === "number" ? String(id) : "1",
    rect: rectIn(face, where),
    detected: flagIn(face, "detected", where),
    poseValid: flagIn(face, "poseValid", where) && points.size > 0,
    points,
    attributes: attributesIn(face),
  };
}

const RECT_KEYS = ["rect.x", "rect.y", "rect.w", "rect.h"] as const;
const OWN_KEYS = new Set<string>(["id", "detected", "poseValid", "points", ...RECT_KEYS]);
const ATTRIBUTES_MAX = 64;

function attributesIn(face: Readonly<Record<string, unknown>>): FaceAttributes {
  const attributes = Object.entries(face).flatMap(([key, value]): [string, number][] => {
    const number = OWN_KEYS.has(key) ? undefined : numberOf(value);
    return number === undefined ? [] : [[key, number]];
  });
  return Object.fromEntries(attributes.slice(0, ATTRIBUTES_MAX));
}

function rectIn(face: Readonly<Record<string, unknown>>, where: string): Rect {
  const side = (key: string): number => Math.max(0, Math.round(numberIn(face, key, where)));
  return { x: side("rect.x"), y: side("rect.y"), w: side("rect.w"), h: side("rect.h") };
}

function pointIn(value: unknown, where: string): FilePoint {
  const point = objectIn(value, where);
  const quality = point["quality"] === undefined ? 1 : numberIn(point, "quality", where);
  return {
    x: numberIn(point, "x", where),
    y: numberIn(point, "y", where),
    z: point["z"] === undefined ? 0 : numberIn(point, "z", where),
    quality: flagIn(point, "valid", where) ? Math.min(Math.max(quality, 0), 1) : 0,
  };
}

function objectIn(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Malformed(`${where} is not an object`);
  return value as Readonly<Record<string, unknown>>;
}

/** Places beyond this are no places in a picture; it also keeps them exact as 32-bit floats. */
const COORDINATE_MAX = 1e6;

function numberIn(object: Readonly<Record<string, unknown>>, key: string, where: string): number {
  const number = numberOf(object[key]);
  if (number === undefined) throw new Malformed(`"${key}" of ${where} is not a number`);
  if (Math.abs(number) > COORDINATE_MAX) throw new Malformed(`"${key}" of ${where} is no place in a picture`);
  return number;
}

/** A finite number, or one that is written as text; undefined for anything else. */
function numberOf(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

/** Absent means yes: every tracker that writes these files sends true. */
function flagIn(object: Readonly<Record<string, unknown>>, key: string, where: string): boolean {
  const value = object[key] ?? true;
  if (typeof value !== "boolean") throw new Malformed(`"${key}" of ${where} is neither true nor false`);
  return value;
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** Faces out of a file instead of out of the pictures. A frame that the file does not have has no face. */
export class PreTrackedFaces implements FaceTracker {
  readonly pointNames: PosePointNames;
  readonly #frames: ReadonlyMap<number, FileFace>;
  // Programs count frames from 0 or from 1; ours from 1. A file with a frame 0 counts from 0.
  readonly #shift: number;
  readonly #observation: Mutable<FaceObservation> & { attributes: FaceAttributes };

  constructor(file: FaceFile) {
    // A file without a single face names no points, and still says something: there is nobody.
    this.pointNames = file.pointNames.length > 0 ? file.pointNames : POSE_POINT_NAMES;
    this.#frames = file.frames;
    this.#shift = file.frames.has(0) ? -1 : 0;
    this.#observation = {
      id: "1",
      rect: { x: 0, y: 0, w: 0, h: 0 },
      detected: false,
      poseValid: false,
      presence: 0,
      points: new Float32Array(this.pointNames.length * POINT_STRIDE),
      attributes: {},
    };
  }

  track(frame: Frame): FaceObservation | undefined {
    const face = this.#frames.get(frame.number + this.#shift);
    if (!face) return undefined;
    const observation = this.#observation;
    observation.id = face.id;
    observation.rect = face.rect;
    observation.detected = face.detected;
    observation.poseValid = face.poseValid;
    observation.presence = face.poseValid ? 1 : 0;
    observation.attributes = face.attributes;
    this.#writePoints(face, observation.points);
    return observation;
  }

  /** A point that this face does not have gets quality 0. */
  #writePoints(face: FileFace, out: Float32Array): void {
    let at = 0;
    for (const name of this.pointNames) {
      const point = face.points.get(name);
      out[at] = point?.x ?? 0;
      out[at + 1] = point?.y ?? 0;
      out[at + 2] = point?.z ?? 0;
      out[at + 3] = point?.quality ?? 0;
      at += POINT_STRIDE;
    }
  }
}

/** Text is handed on in pieces of about this length. */
const PIECE_CHARS = 1 << 16;

/** Writes the faces of a video in the original's format (`--save_facepoints`), as they come: nothing is kept. */
export class FaceRecorder {
  readonly #write: (text: string) => void;
  #pending = '{"frames": {';
  #count = 0;

  /** @param write takes the file's text piece by piece. */
  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** Frames with a face so far. */
  get count(): number {
    return this.#count;
  }

  /** Adds the face in this frame; undefined (no face) leaves the frame out, as the format wants. */
  add(frameNumber: number, face: FaceObservation | undefined, pointNames: PosePointNames): void {
    if (!face) return;
    this.#pending += `${this.#count > 0 ? ",\n" : ""}"${frameNumber}": ${JSON.stringify(recordOf(face, pointNames))}`;
    this.#count += 1;
    if (this.#pending.length >= PIECE_CHARS) this.#flush();
  }

  /** Completes the text; nothing may be added after it. */
  end(): void {
    this.#pending += "}}\n";
    this.#flush();
  }

  #flush(): void {
    this.#write(this.#pending);
    this.#pending = "";
  }
}

function recordOf(
  { id, rect, detected, poseValid, points, attributes }: FaceObservation,
  names: PosePointNames,
): object {
  return {
    id,
    "rect.x": rect.x,
    "rect.y": rect.y,
    "rect.w": rect.w,
    "rect.h": rect.h,
    detected,
    poseValid,
    points: pointsOf(points, names),
    ...attributes,
  };
}

/** `valid` and `estimated` are true in every file that the original's trackers wrote; absent points are left out. */
function pointsOf(points: Float32Array, pointNames: PosePointNames): object {
  const named: Record<string, object> = {};
  for (const [index, name] of pointNames.entries()) {
    const [x = 0, y = 0, z = 0, quality = 0] = points.subarray(index * POINT_STRIDE, (index + 1) * POINT_STRIDE);
    if (quality <= 0) continue;
    named[name] = { x: rounded(x), y: rounded(y), z: rounded(z), valid: true, estimated: true, quality };
  }
  return named;
}

/** A thousandth of a pixel is far below what a tracker can tell. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
