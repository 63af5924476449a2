import { BAND_HZ_MAX, FILTER_HZ_MIN } from "./bands.js";
import { bandPass } from "./filter.js";
import { type MethodWaves, wavesOf } from "./methods.js";
import { NOTE_FACE_MISSING, NOTE_FRAME_RATE_LOW, NOTE_NEEDS_5_S } from "./notes.js";
import {
  type Grid,
  gridOf,
  gridRateHz,
  medianRateHz,
  type Placement,
  placementOf,
  type Run,
  runsOf,
  sampled,
} from "./resample.js";
import { Sampler } from "./sampler.js";
import type { Recording, RegionFrames } from "./series.js";
import { type RegionKind, withWholeSkin } from "./whole-skin.js";

/** Shorter pieces hold too few beats to say anything. */
const SEGMENT_S_MIN = 3.5;

/** Below this the frames cannot carry a pulse. */
const FRAME_RATE_HZ_MIN = 8;

/** Skin in any white light has less than this much more red than green and blue; light through a finger has more. */
const RED_OVER_OTHERS_MIN = 2.5;

/** What one region shows in one segment. */
interface RegionPulse {
  readonly methods: MethodWaves;
  /** One entry per sample: 0 where the region was not seen. */
  readonly covered: Uint8Array;
}

/** A region that is measured; `pulses` has one entry per segment, undefined where it was never seen. */
export interface Region {
  readonly name: string;
  readonly kind: RegionKind;
  /** Lit from behind, as a finger on a lens with its lamp: red, and every change of brightness is blood or pressure. */
  readonly litThrough: boolean;
  readonly pulses: readonly (RegionPulse | undefined)[];
}

/** A piece of the recording without a long gap. */
export interface Segment {
  readonly grid: Grid;
  /** Head position in eye distances, band-passed as the pulse is. */
  readonly headX: Float64Array;
  readonly headY: Float64Array;
  /** Height of the head in eye distances as it is, downwards positive. */
  readonly headYRaw: Float64Array;
}

export interface Pulses {
  readonly rateHz: number;
  readonly segments: readonly Segment[];
  /** Times of the frames that the codec stored whole. */
  readonly keyTimesMs: Float64Array;
  readonly regions: readonly Region[];
}

/**
 * Pulse signals of every region and of all skin together, on uniform grids.
 * @returns the reason as a note when there is nothing to compute.
 */
export function pulsesOf(recording: Recording): Pulses | string {
  const seen = framesWithSkin(recording);
  const timesMs = recording.timesMs.filter((_, i) => seen[i]);
  const frameRateHz = medianRateHz(timesMs);
  if (frameRateHz === undefined) return recording.timesMs.length > 2 ? NOTE_FACE_MISSING : NOTE_NEEDS_5_S;
  if (frameRateHz < FRAME_RATE_HZ_MIN) return NOTE_FRAME_RATE_LOW;
  const rateHz = gridRateHz(frameRateHz);
  const kept = keptFrames(recording, seen);
  const pieces = runsOf(timesMs)
    .map((run) => ({ run, grid: gridOf(timesMs, run, rateHz) }))
    .filter(({ grid }) => grid.count >= SEGMENT_S_MIN * rateHz);
  if (pieces.length === 0) return isMostlySeen(seen) ? NOTE_NEEDS_5_S : NOTE_FACE_MISSING;
  const samplers = pieces.map(({ run, grid }) => new Sampler(timesMs, grid, run));
  const everywhere = new Uint8Array(timesMs.length).fill(1);
  return {
    rateHz,
    segments: pieces.map(({ run, grid }) => segmentOf(kept, everywhere, grid, run)),
    keyTimesMs: recording.keyTimesMs,
    regions: withWholeSkin(kept.regions).map(({ frames, kind }) => ({
      name: frames.name,
      kind,
      litThrough: isLitThrough(frames),
      pulses: samplers.map((sampler) => regionPulse(sampler, frames, rateHz)),
    })),
  };
}

function framesWithSkin({ timesMs, regions }: Recording): Uint8Array {
  const seen = new Uint8Array(timesMs.length);
  for (const region of regions) {
    if (!region.skin) continue;
    for (let i = 0; i < seen.length; i += 1) seen[i] = seen[i]! | region.usable[i]!;
  }
  return seen;
}

function isLitThrough({ usable, red, green, blue }: RegionFrames): boolean {
  const level = (channel: Float32Array): number => channel.reduce((sum, value, i) => sum + value * usable[i]!, 0);
  return level(red) > RED_OVER_OTHERS_MIN * Math.max(level(green), level(blue));
}

function isMostlySeen(seen: Uint8Array): boolean {
  return seen.reduce((sum, frame) => sum + frame, 0) > seen.length / 2;
}

/** The recording without the frames that show no skin. */
function keptFrames(recording: Recording, seen: Uint8Array): Recording {
  if (!seen.includes(0)) return recording;
  const floats = (values: Float64Array): Float64Array => values.filter((_, i) => seen[i]);
  const bytes = (values: Uint8Array): Uint8Array => values.filter((_, i) => seen[i]);
  return {
    timesMs: floats(recording.timesMs),
    face: bytes(recording.face),
    headX: floats(recording.headX),
    headY: floats(recording.headY),
    keyTimesMs: recording.keyTimesMs,
    regions: recording.regions.map(({ name, skin, usable, pixels, red, green, blue }) => ({
      name,
      skin,
      usable: bytes(usable),
      pixels: pixels.filter((_, i) => seen[i]),
      red: red.filter((_, i) => seen[i]),
      green: green.filter((_, i) => seen[i]),
      blue: blue.filter((_, i) => seen[i]),
    })),
  };
}

function regionPulse(sampler: Sampler, frames: RegionFrames, rateHz: number): RegionPulse | undefined {
  const seen = sampler.colours(frames);
  return seen && { methods: wavesOf(seen.colours, rateHz), covered: seen.covered };
}

function segmentOf({ timesMs, headX, headY }: Recording, usable: Uint8Array, grid: Grid, run: Run): Segment {
  const placement = placementOf(timesMs, usable, grid, run) as Placement;
  const filtered = (values: Float64Array): Float64Array => bandPass(values, grid.rateHz, FILTER_HZ_MIN, BAND_HZ_MAX);
  const headYRaw = sampled(headY, placement);
  return { grid, headX: filtered(sampled(headX, placement)), headY: filtered(headYRaw), headYRaw };
}
