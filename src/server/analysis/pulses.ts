import { BAND_HZ_MAX, FILTER_HZ_MIN } from "./bands.js";
import { chromPulse } from "./chrom.js";
import { bandPass } from "./filter.js";
import { greenPulse } from "./green.js";
import { NOTE_FACE_MISSING, NOTE_FRAME_RATE_LOW, NOTE_TOO_SHORT } from "./notes.js";
import { type Colours, posPulse } from "./pos.js";
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
import type { Recording, RegionFrames } from "./series.js";
import { type RegionKind, withWholeSkin } from "./whole-skin.js";

/** Shorter pieces hold too few beats to say anything. */
const SEGMENT_S_MIN = 3.5;

/** Below this the frames cannot carry a pulse. */
const FRAME_RATE_HZ_MIN = 8;

/** The three colour methods; they are asked separately and compared. */
export const METHODS = ["POS", "CHROM", "GREEN"] as const;
export type Method = (typeof METHODS)[number];

/** What one region shows in one segment; one entry per sample, band-passed, relative to the mean colour. */
interface RegionPulse {
  readonly methods: Readonly<Record<Method, Float64Array>>;
  /** Red as GREEN is made from green: pulse is weak in it, light and motion are not. */
  readonly red: Float64Array;
  /** 0 where the region was not seen. */
  readonly covered: Uint8Array;
}

/** A region that is measured; `pulses` has one entry per segment, undefined where it was never seen. */
export interface Region {
  readonly name: string;
  readonly kind: RegionKind;
  readonly pulses: readonly (RegionPulse | undefined)[];
}

/** A piece of the recording without a long gap. */
export interface Segment {
  readonly grid: Grid;
  /** Head position in eye distances, band-passed as the pulse is. */
  readonly headX: Float64Array;
  readonly headY: Float64Array;
}

export interface Pulses {
  readonly rateHz: number;
  readonly segments: readonly Segment[];
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
  if (frameRateHz === undefined) return recording.timesMs.length > 2 ? NOTE_FACE_MISSING : NOTE_TOO_SHORT;
  if (frameRateHz < FRAME_RATE_HZ_MIN) return NOTE_FRAME_RATE_LOW;
  const rateHz = gridRateHz(frameRateHz);
  const kept = keptFrames(recording, seen);
  const pieces = runsOf(timesMs)
    .map((run) => ({ run, grid: gridOf(timesMs, run, rateHz) }))
    .filter(({ grid }) => grid.count >= SEGMENT_S_MIN * rateHz);
  if (pieces.length === 0) return isMostlySeen(seen) ? NOTE_TOO_SHORT : NOTE_FACE_MISSING;
  const everywhere = new Uint8Array(timesMs.length).fill(1);
  return {
    rateHz,
    segments: pieces.map(({ run, grid }) => segmentOf(kept, everywhere, grid, run)),
    regions: withWholeSkin(kept.regions).map(({ frames, kind }) => ({
      name: frames.name,
      kind,
      pulses: pieces.map(({ run, grid }) => pulseOf(coloursOf(kept, frames, grid, run), rateHz)),
    })),
  };
}

interface SampledColours {
  readonly colours: Colours;
  readonly covered: Uint8Array;
}

function framesWithSkin({ timesMs, regions }: Recording): Uint8Array {
  const seen = new Uint8Array(timesMs.length);
  for (const region of regions) {
    if (!region.skin) continue;
    for (let i = 0; i < seen.length; i += 1) seen[i] = seen[i]! | region.usable[i]!;
  }
  return seen;
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
    regions: recording.regions.map(({ name, skin, usable, pixels, red, green, blue }) => ({
      name,
      skin,
      usable: bytes(usable),
      pixels: floats(pixels),
      red: floats(red),
      green: floats(green),
      blue: floats(blue),
    })),
  };
}

function coloursOf({ timesMs }: Recording, region: RegionFrames, grid: Grid, run: Run): SampledColours | undefined {
  const placement = placementOf(timesMs, region.usable, grid, run);
  if (!placement) return undefined;
  const { red, green, blue } = region;
  return {
    colours: { red: sampled(red, placement), green: sampled(green, placement), blue: sampled(blue, placement) },
    covered: placement.covered,
  };
}

function segmentOf({ timesMs, headX, headY }: Recording, usable: Uint8Array, grid: Grid, run: Run): Segment {
  const placement = placementOf(timesMs, usable, grid, run) as Placement;
  const filtered = (values: Float64Array): Float64Array =>
    bandPass(sampled(values, placement), grid.rateHz, FILTER_HZ_MIN, BAND_HZ_MAX);
  return { grid, headX: filtered(headX), headY: filtered(headY) };
}

function pulseOf(region: SampledColours | undefined, rateHz: number): RegionPulse | undefined {
  if (!region) return undefined;
  const { colours, covered } = region;
  const filtered = (values: Float64Array): Float64Array => bandPass(values, rateHz, FILTER_HZ_MIN, BAND_HZ_MAX);
  return {
    methods: {
      POS: filtered(posPulse(colours, rateHz)),
      CHROM: chromPulse(colours, rateHz, FILTER_HZ_MIN, BAND_HZ_MAX),
      GREEN: filtered(greenPulse(colours.green, rateHz)),
    },
    red: filtered(greenPulse(colours.red, rateHz)),
    covered,
  };
}
