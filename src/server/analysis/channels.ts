import { COLOUR_METHODS, METHODS, type Method } from "./methods.js";
import type { Pulses, Region } from "./pulses.js";
import { type Spectrum, SpectrumMaker, type SpectrumShape } from "./spectrum.js";
import type { Window } from "./windows.js";

/** Share of a window in which a region must have been seen. */
const COVERED_SHARE_MIN = 0.8;

/** Spectra of one region in one window. */
type RegionSpectra = Readonly<Record<Method, Spectrum>>;

/** Spectra of one window, one entry per region; undefined where the region was not seen. */
export type WindowSpectra = readonly (RegionSpectra | undefined)[];

/** One region seen with one method. */
export interface Channel {
  /** Index in `Pulses.regions`. */
  readonly region: number;
  readonly method: Method;
}

/** Every skin region with every method; red alone only where the light comes through the skin. */
export function skinChannels(regions: readonly Region[]): Channel[] {
  return regions.flatMap((region, index) =>
    region.kind === "background"
      ? []
      : (region.litThrough ? METHODS : COLOUR_METHODS).map((method) => ({ region: index, method })),
  );
}

/** The spectra of all regions in all windows. */
export function spectraOf(pulses: Pulses, windows: readonly Window[], shape: SpectrumShape): WindowSpectra[] {
  const maker = new SpectrumMaker(shape);
  return windows.map((window) => pulses.regions.map((region) => regionSpectra(region, window, maker)));
}

function regionSpectra(region: Region, window: Window, maker: SpectrumMaker): RegionSpectra | undefined {
  const pulse = region.pulses[window.segment];
  if (!pulse) return undefined;
  let covered = 0;
  for (let i = window.from; i < window.from + window.length; i += 1) covered += pulse.covered[i]!;
  if (covered < COVERED_SHARE_MIN * window.length) return undefined;
  const { POS, CHROM, GREEN, RED } = pulse.methods;
  const [pos, chrom] = maker.pair(POS, CHROM, window.from, window.length);
  const [green, red] = maker.pair(GREEN, RED, window.from, window.length);
  return { POS: pos!, CHROM: chrom!, GREEN: green!, RED: red! };
}
