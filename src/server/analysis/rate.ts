import { RATE_HZ_MAX, RATE_HZ_MIN } from "./bands.js";
import { type Peak, peaksOf, type SpectrumShape } from "./spectrum.js";

/** Peaks per window that may be the rate. */
const CANDIDATES = 4;

/** A heart changes its rate by up to this much without cost: 3 per minute in a second. */
const DRIFT_HZ_PER_S = 0.05;

/** Beyond that, this change costs as much as a peak that is e times weaker. */
const JUMP_HZ = 0.1;

/** No jump costs more than this: after a disturbance the track must come back. */
const JUMP_COST_MAX = 6;

/** A peak at half the rate with at least this share of the power is the rate, and the other its harmonic. */
const HALF_RATE_SHARE = 0.5;

/** How far a harmonic may be from twice the rate. */
const HARMONIC_HZ = 0.06;

/**
 * The rate in every window: of the peaks of each spectrum the sequence that is strong and steady (Viterbi 1967).
 * @param spectra combined spectra, one per window.
 * @param timesMs middles of the windows.
 * @returns Hz per window; empty when no window has a peak.
 */
export function trackOf(spectra: readonly Float64Array[], timesMs: readonly number[], shape: SpectrumShape): number[] {
  const steps = spectra.flatMap((power, i) => {
    const candidates = candidatesOf(power, shape);
    return candidates.length > 0 ? [{ timeMs: timesMs[i]!, candidates }] : [];
  });
  if (steps.length === 0) return [];
  const path = cheapestPath(steps);
  return timesMs.map((timeMs) => interpolated(path, timeMs));
}

/** A peak and what it costs to choose it, 0 for the strongest. */
export interface Candidate {
  readonly rateHz: number;
  readonly cost: number;
}

/** The strongest peaks of a spectrum, with the octave check. */
export function candidatesOf(power: Float64Array, shape: SpectrumShape): Candidate[] {
  const peaks = peaksOf(power, RATE_HZ_MIN, RATE_HZ_MAX, CANDIDATES, shape);
  const strengths = peaks.map((peak) => strengthOf(peak, peaks));
  const most = Math.max(...strengths, 0);
  return peaks.map(({ rateHz }, i) => ({ rateHz, cost: Math.log(most / strengths[i]!) }));
}

/** A peak whose double is a peak too gets the power of both: a wave with a strong second harmonic is no faster. */
function strengthOf(peak: Peak, peaks: readonly Peak[]): number {
  const double = peaks.find(({ rateHz }) => Math.abs(rateHz - 2 * peak.rateHz) < HARMONIC_HZ);
  return double && peak.power > HALF_RATE_SHARE * double.power ? peak.power + double.power : peak.power;
}

interface Step {
  readonly timeMs: number;
  readonly candidates: readonly Candidate[];
}

interface Place {
  readonly timeMs: number;
  readonly rateHz: number;
}

function cheapestPath(steps: readonly Step[]): Place[] {
  let costs = steps[0]!.candidates.map(({ cost }) => cost);
  const origins: number[][] = [];
  for (let s = 1; s < steps.length; s += 1) {
    const before = steps[s - 1]!;
    const elapsedS = (steps[s]!.timeMs - before.timeMs) / 1000;
    const reached = steps[s]!.candidates.map(({ rateHz, cost }) => {
      const totals = before.candidates.map((from, i) => costs[i]! + jumpCost(from.rateHz, rateHz, elapsedS));
      const origin = indexOfLeast(totals);
      return { origin, cost: cost + totals[origin]! };
    });
    origins.push(reached.map(({ origin }) => origin));
    costs = reached.map(({ cost }) => cost);
  }
  let at = indexOfLeast(costs);
  const path: Place[] = [];
  for (let s = steps.length - 1; s >= 0; s -= 1) {
    path.push({ timeMs: steps[s]!.timeMs, rateHz: steps[s]!.candidates[at]!.rateHz });
    at = origins[s - 1]?.[at] ?? 0;
  }
  return path.toReversed();
}

function jumpCost(fromHz: number, toHz: number, elapsedS: number): number {
  const beyondHz = Math.max(0, Math.abs(toHz - fromHz) - DRIFT_HZ_PER_S * elapsedS);
  return Math.min(JUMP_COST_MAX, beyondHz / JUMP_HZ);
}

function indexOfLeast(values: readonly number[]): number {
  let least = 0;
  for (let i = 1; i < values.length; i += 1) if (values[i]! < values[least]!) least = i;
  return least;
}

/** The rate at a time on the line between the places around it; constant before the first and after the last. */
function interpolated(path: readonly Place[], timeMs: number): number {
  const next = path.findIndex((place) => place.timeMs >= timeMs);
  if (next < 0) return path.at(-1)!.rateHz;
  const after = path[next]!;
  const before = path[Math.max(0, next - 1)]!;
  const span = after.timeMs - before.timeMs;
  return span > 0 ? before.rateHz + ((after.rateHz - before.rateHz) * (timeMs - before.timeMs)) / span : after.rateHz;
}
