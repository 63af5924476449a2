import { type EnginePayload, FACE_PRESENT, type RegionSeries } from "../../wire/engine-payload.js";

/** Channels of one region over the frames of the recording. */
export interface RegionFrames {
  readonly name: string;
  readonly skin: boolean;
  /** 1 where the region was visible. */
  readonly usable: Uint8Array;
  readonly pixels: Float64Array;
  readonly red: Float64Array;
  readonly green: Float64Array;
  readonly blue: Float64Array;
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
  const places = keptFrames(chunks);
  const timesMs = new Float64Array(places.length);
  const face = new Uint8Array(places.length);
  const headX = new Float64Array(places.length);
  const headY = new Float64Array(places.length);
  for (const [i, { chunk, at }] of places.entries()) {
    timesMs[i] = chunk.timestampMs[at]!;
    face[i] = (chunk.face[at] ?? 0) & FACE_PRESENT ? 1 : 0;
    const unit = Math.max(1, chunk.eyeDistance[at] ?? 1);
    headX[i] = within((chunk.centreX[at] ?? 0) / unit, -1e4, 1e4);
    headY[i] = within((chunk.centreY[at] ?? 0) / unit, -1e4, 1e4);
  }
  const names = new Map(chunks.flatMap((chunk) => chunk.regions.map((region) => [region.name, region.skin])));
  const regions = [...names].map(([name, skin]) => regionFrames(name, skin, places));
  return { timesMs, face, headX, headY, keyTimesMs: keyTimesOf(places), regions };
}

function keyTimesOf(places: readonly Place[]): Float64Array {
  const sets = new Map<EnginePayload, ReadonlySet<number>>();
  const isKey = ({ chunk, at }: Place): boolean => {
    const keys = sets.get(chunk) ?? new Set(Array.from(chunk.keyFrames ?? []));
    sets.set(chunk, keys);
    return keys.has(chunk.frameNumber[at]!);
  };
  return Float64Array.from(places.filter(isKey), ({ chunk, at }) => chunk.timestampMs[at]!);
}

interface Place {
  readonly chunk: EnginePayload;
  readonly at: number;
}

function keptFrames(chunks: readonly EnginePayload[]): Place[] {
  const places: Place[] = [];
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.timestampMs.length; at += 1) {
      const timeMs = chunk.timestampMs[at]!;
      if (!(timeMs > lastMs)) continue;
      places.push({ chunk, at });
      lastMs = timeMs;
    }
  }
  return places;
}

function regionFrames(name: string, skin: boolean, places: readonly Place[]): RegionFrames {
  const empty = (): Float64Array => new Float64Array(places.length);
  const frames = {
    usable: new Uint8Array(places.length),
    pixels: empty(),
    red: empty(),
    green: empty(),
    blue: empty(),
  };
  let chunk: EnginePayload | undefined;
  let region: RegionSeries | undefined;
  for (const [i, place] of places.entries()) {
    if (place.chunk !== chunk) {
      chunk = place.chunk;
      region = chunk.regions.find((candidate) => candidate.name === name);
    }
    const pixels = region?.pixels[place.at] ?? 0;
    if (!region || !(pixels > 0) || (region.clipped[place.at] ?? 0) > CLIPPED_SHARE_MAX) continue;
    frames.usable[i] = 1;
    frames.pixels[i] = within(pixels, 0, 1e9);
    frames.red[i] = within(region.red[place.at] ?? 0, 0, 255);
    frames.green[i] = within(region.green[place.at] ?? 0, 0, 255);
    frames.blue[i] = within(region.blue[place.at] ?? 0, 0, 255);
  }
  return { name, skin, ...frames };
}

function within(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
