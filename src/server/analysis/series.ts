import { type EnginePayload, FACE_PRESENT } from "../../wire/engine-payload.js";

/**
 * Channels of one region over the frames of the recording. Single precision, as in the payload: in a long recording these are
 * the bulk of what is held.
 */
export interface RegionFrames {
  readonly name: string;
  readonly skin: boolean;
  /** 1 where the region was visible. */
  readonly usable: Uint8Array;
  readonly pixels: Float32Array;
  readonly red: Float32Array;
  readonly green: Float32Array;
  readonly blue: Float32Array;
}

/** Room for a region of as many frames, not seen in any. */
export function emptyFrames(name: string, skin: boolean, length: number): RegionFrames {
  const empty = (): Float32Array => new Float32Array(length);
  return {
    name,
    skin,
    usable: new Uint8Array(length),
    pixels: empty(),
    red: empty(),
    green: empty(),
    blue: empty(),
  };
}

/** All chunks as one recording; every array has one entry per frame, in ascending time. */
export interface Recording {
  readonly timesMs: Float64Array;
  /** 1 where a face was found. */
  readonly face: Uint8Array;
  /** Centre of the face in eye distances: motion that does not depend on the size of the picture. */
  readonly headX: Float64Array;
  readonly headY: Float64Array;
  /** Times of the frames that the codec stored whole; empty where they are not known. */
  readonly keyTimesMs: Float64Array;
  readonly regions: readonly RegionFrames[];
}

/** Above this the camera sees no skin colour, below it only noise: the share of clipped pixels that is allowed. */
const CLIPPED_SHARE_MAX = 0.5;

/** Joins the chunks; frames whose time does not advance are left out. Values outside their range are brought inside. */
export function recordingOf(chunks: readonly EnginePayload[]): Recording {
  const { pieces, length } = keptFrames(chunks);
  const timesMs = new Float64Array(length);
  const face = new Uint8Array(length);
  const headX = new Float64Array(length);
  const headY = new Float64Array(length);
  for (const { chunk, first, ats } of pieces) {
    for (const [i, at] of ats.entries()) {
      timesMs[first + i] = chunk.timestampMs[at]!;
      face[first + i] = (chunk.face[at] ?? 0) & FACE_PRESENT ? 1 : 0;
      const unit = Math.max(1, chunk.eyeDistance[at] ?? 1);
      headX[first + i] = within((chunk.centreX[at] ?? 0) / unit, -1e4, 1e4);
      headY[first + i] = within((chunk.centreY[at] ?? 0) / unit, -1e4, 1e4);
    }
  }
  const names = new Map(chunks.flatMap((chunk) => chunk.regions.map((region) => [region.name, region.skin])));
  const regions = [...names].map(([name, skin]) => regionFrames(emptyFrames(name, skin, length), pieces));
  return { timesMs, face, headX, headY, keyTimesMs: Float64Array.from(pieces.flatMap(keyTimesOf)), regions };
}

/** The frames of one chunk that are kept. */
interface Piece {
  readonly chunk: EnginePayload;
  /** Place of the first of them in the recording. */
  readonly first: number;
  /** Their places in the chunk, ascending. */
  readonly ats: Uint32Array;
}

function keptFrames(chunks: readonly EnginePayload[]): { pieces: Piece[]; length: number } {
  let lastMs = Number.NEGATIVE_INFINITY;
  let length = 0;
  const pieces = chunks.map((chunk): Piece => {
    const ats = new Uint32Array(chunk.timestampMs.length);
    let kept = 0;
    for (let at = 0; at < ats.length; at += 1) {
      const timeMs = chunk.timestampMs[at]!;
      if (!(timeMs > lastMs)) continue;
      ats[kept] = at;
      kept += 1;
      lastMs = timeMs;
    }
    const first = length;
    length += kept;
    return { chunk, first, ats: ats.subarray(0, kept) };
  });
  return { pieces, length };
}

function keyTimesOf({ chunk, ats }: Piece): number[] {
  const keys = new Set(Array.from(chunk.keyFrames ?? []));
  return Array.from(
    ats.filter((at) => keys.has(chunk.frameNumber[at]!)),
    (at) => chunk.timestampMs[at]!,
  );
}

function regionFrames(frames: RegionFrames, pieces: readonly Piece[]): RegionFrames {
  for (const { chunk, first, ats } of pieces) {
    const region = chunk.regions.find(({ name }) => name === frames.name);
    if (!region) continue;
    for (const [i, at] of ats.entries()) {
      const pixels = region.pixels[at] ?? 0;
      if (!(pixels > 0) || (region.clipped[at] ?? 0) > CLIPPED_SHARE_MAX) continue;
      frames.usable[first + i] = 1;
      frames.pixels[first + i] = within(pixels, 0, 1e9);
      frames.red[first + i] = within(region.red[at] ?? 0, 0, 255);
      frames.green[first + i] = within(region.green[at] ?? 0, 0, 255);
      frames.blue[first + i] = within(region.blue[at] ?? 0, 0, 255);
    }
  }
  return frames;
}

function within(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
