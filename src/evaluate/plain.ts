import type { EnginePayload } from "../wire/engine-payload.js";

/** Heart rates that are looked for, in 1/min, and the step between two that are tried. */
const BPM_MIN = 42;
const BPM_MAX = 210;
const BPM_STEP = 0.25;

/** Wang 2017. */
const POS_WINDOW_S = 1.6;

/** Shorter than this there is nothing to turn into a spectrum. */
const LENGTH_S_MIN = 2;

/** What the plain pipeline says. */
export interface PlainAnswer {
  readonly bpm: number;
  /** POS wave on a grid of `rateHz` from `startMs` on. */
  readonly wave: Float64Array;
  readonly rateHz: number;
  readonly startMs: number;
}

/**
 * The plain pipeline that published comparisons use: mean colour of the whole face, POS (Wang, den Brinker, Stuijk, de Haan 2017, IEEE
 * TBME 64:1479, algorithm 1), Hann window, the highest peak of a padded spectrum from 42 to 210 per minute. It always answers, and
 * shares no code with the analysis that it is compared to, so that it stays the same when that changes.
 * @returns undefined when the face was seen for less than two seconds.
 */
export function plainRate(chunks: readonly EnginePayload[]): PlainAnswer | undefined {
  const frames = wholeFace(chunks);
  const stepsMs = frames.slice(1).map((frame, i) => frame.timeMs - frames[i]!.timeMs);
  const stepMs = stepsMs.sort((a, b) => a - b)[stepsMs.length >> 1];
  const startMs = frames.at(0)?.timeMs ?? 0;
  const lengthMs = (frames.at(-1)?.timeMs ?? 0) - startMs;
  if (stepMs === undefined || !(lengthMs >= LENGTH_S_MIN * 1000)) return undefined;
  const rateHz = 1000 / stepMs;
  const count = Math.floor(lengthMs / stepMs) + 1;
  const channels = ([0, 1, 2] as const).map((channel) => onGrid(frames, channel, startMs, stepMs, count));
  const wave = pos(channels as [Float64Array, Float64Array, Float64Array], Math.ceil(POS_WINDOW_S * rateHz));
  return { bpm: highestPeak(wave, rateHz), wave, rateHz, startMs };
}

interface ColourFrame {
  readonly timeMs: number;
  readonly rgb: readonly [number, number, number];
}

/** The mean over all skin: the region of that name, else the pixels of all skin regions together. */
function wholeFace(chunks: readonly EnginePayload[]): ColourFrame[] {
  const frames: ColourFrame[] = [];
  for (const { regions, timestampMs } of chunks) {
    const whole = regions.filter(({ name, skin }) => skin && name.toLowerCase() === "skin");
    const used = whole.length > 0 ? whole : regions.filter(({ skin }) => skin);
    for (let i = 0; i < timestampMs.length; i += 1) {
      const pixels = used.reduce((sum, region) => sum + region.pixels[i]!, 0);
      const timeMs = timestampMs[i]!;
      if (!(pixels > 0) || timeMs <= (frames.at(-1)?.timeMs ?? Number.NEGATIVE_INFINITY)) continue;
      const mean = (channel: "red" | "green" | "blue"): number =>
        used.reduce((sum, region) => sum + region[channel][i]! * region.pixels[i]!, 0) / pixels;
      frames.push({ timeMs, rgb: [mean("red"), mean("green"), mean("blue")] });
    }
  }
  return frames;
}

function onGrid(frames: readonly ColourFrame[], channel: 0 | 1 | 2, startMs: number, stepMs: number, count: number) {
  const out = new Float64Array(count);
  let at = 0;
  for (let i = 0; i < count; i += 1) {
    const timeMs = startMs + i * stepMs;
    while (at + 2 < frames.length && frames[at + 1]!.timeMs <= timeMs) at += 1;
    const { timeMs: fromMs, rgb: from } = frames[at]!;
    const { timeMs: toMs, rgb: to } = frames[at + 1]!;
    const share = Math.min(1, (timeMs - fromMs) / (toMs - fromMs));
    out[i] = from[channel] + (to[channel] - from[channel]) * share;
  }
  return out;
}

/** The sign is turned over: more blood = up. */
function pos([red, green, blue]: readonly [Float64Array, Float64Array, Float64Array], length: number): Float64Array {
  const wave = new Float64Array(red.length);
  for (let start = 0; start + length <= red.length; start += 1) {
    const [r, g, b] = [red, green, blue].map((values) => relative(values.subarray(start, start + length)));
    const s1 = g!.map((value, i) => value - b![i]!);
    const s2 = g!.map((value, i) => value + b![i]! - 2 * r![i]!);
    const spread = deviation(s2);
    const alpha = spread > 0 ? deviation(s1) / spread : 0;
    for (let i = 0; i < length; i += 1) wave[start + i] = wave[start + i]! - s1[i]! - alpha * s2[i]!;
  }
  return wave;
}

/** C / mean - 1, so that the means of what is made from it are 0. */
function relative(values: Float64Array): Float64Array {
  const mean = meanOf(values);
  return values.map((value) => (mean > 0 ? value / mean - 1 : 0));
}

/** The highest local maximum, so that a slope that comes from below the band is no rate; without one the highest bin. */
function highestPeak(wave: Float64Array, rateHz: number): number {
  const mean = meanOf(wave);
  const n = wave.length;
  const windowed = wave.map((value, i) => (value - mean) * (0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / n)));
  const rates = Array.from({ length: (BPM_MAX - BPM_MIN) / BPM_STEP + 1 }, (_, i) => BPM_MIN + i * BPM_STEP);
  const powers = rates.map((bpm) => powerAt(windowed, (2 * Math.PI * bpm) / 60 / rateHz));
  const isPeak = (k: number): boolean =>
    powers[k]! > (powers[k - 1] ?? Infinity) && powers[k]! >= (powers[k + 1] ?? Infinity);
  const peaks = [...powers.keys()].filter(isPeak);
  const candidates = peaks.length > 0 ? peaks : [...powers.keys()];
  return rates[candidates.reduce((best, k) => (powers[k]! > powers[best]! ? k : best))]!;
}

/** The wave summed against a pointer that turns by `turn` per sample: one bin of a padded spectrum. */
function powerAt(values: Float64Array, turn: number): number {
  const cosine = Math.cos(turn);
  const sine = Math.sin(turn);
  let re = 0;
  let im = 0;
  let x = 1;
  let y = 0;
  for (const value of values) {
    re += value * x;
    im += value * y;
    const next = x * cosine - y * sine;
    y = x * sine + y * cosine;
    x = next;
  }
  return re * re + im * im;
}

function deviation(values: Float64Array): number {
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
