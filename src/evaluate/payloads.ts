import { type EnginePayload, FACE_PRESENT } from "../wire/engine-payload.js";
import type { Trace, Waveform } from "./tables.js";

/** A channel with less than this share of the brightest one's light is dark: what little it shows is noise. */
const LIT_SHARE_MIN = 0.25;

/** A channel whose mean is above this is mostly clipped. */
const CLIPPED_LEVEL = 250;

/** A waveform is laid into green with this depth, as on a face. */
const WAVE_DEPTH = 0.01;
const WAVE_LEVEL = 128;

/**
 * A colour trace as the engine would have sent it: one region of skin, a still head. Under a finger on a lamp the channels are far from equal,
 * and some are dark or clipped; then the best one (red, unless it is clipped) takes the place of green and the other two are
 * held still, so that every colour method sees that one channel.
 */
export function payloadOfTrace({ timesMs, red, green, blue }: Trace): EnginePayload {
  const levels = [red, green, blue].map(meanOf);
  const isUneven = Math.min(...levels) < LIT_SHARE_MIN * Math.max(...levels);
  if (!isUneven) return payloadOf(timesMs, { red, green, blue });
  const best = [red, green, blue].find((_, i) => levels[i]! <= CLIPPED_LEVEL) ?? red;
  const level = meanOf(best);
  const still = best.map(() => level);
  return payloadOf(timesMs, { red: still, green: best, blue: still });
}

/** A pulse wave as the only thing that changes in a patch of skin. More blood is less green. */
export function payloadOfWaveform({ rateHz, values }: Waveform): EnginePayload {
  const mean = meanOf(values);
  const rms = Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)));
  const scale = rms > 0 ? WAVE_DEPTH / rms : 0;
  const still = values.map(() => WAVE_LEVEL);
  const green = values.map((value) => Math.min(255, Math.max(0, WAVE_LEVEL * (1 - scale * (value - mean)))));
  return payloadOf(
    values.map((_, i) => (i * 1000) / rateHz),
    { red: still, green, blue: still },
  );
}

/** Time of the last frame, in seconds. */
export function endOf(chunks: readonly EnginePayload[]): number {
  const timesMs = chunks.at(-1)?.timestampMs ?? [];
  return (timesMs[timesMs.length - 1] ?? 0) / 1000;
}

/** The frames of chunks with fromMs <= time < toMs; chunks without any are left out. */
export function framesBetween(chunks: readonly EnginePayload[], fromMs: number, toMs: number): EnginePayload[] {
  return chunks.flatMap((chunk) => {
    const from = firstFrom(chunk.timestampMs, fromMs);
    const to = firstFrom(chunk.timestampMs, toMs);
    return to > from ? [part(chunk, from, to)] : [];
  });
}

/** Share of the frames that show a face, 0 to 1. */
export function faceShareOf(chunks: readonly EnginePayload[]): number {
  let frames = 0;
  let faces = 0;
  for (const { face } of chunks) {
    frames += face.length;
    for (let i = 0; i < face.length; i += 1) faces += face[i]! & FACE_PRESENT ? 1 : 0;
  }
  return frames > 0 ? faces / frames : 0;
}

/** From time 0 to the end of the last frame, in seconds. */
export function durationOf(chunks: readonly EnginePayload[]): number {
  const timesMs = chunks.flatMap((chunk) => Array.from(chunk.timestampMs));
  const last = timesMs.at(-1) ?? 0;
  const stepMs = timesMs.length > 1 ? (last - timesMs[0]!) / (timesMs.length - 1) : 0;
  return (last + stepMs) / 1000;
}

interface Colours {
  readonly red: readonly number[];
  readonly green: readonly number[];
  readonly blue: readonly number[];
}

function payloadOf(timestampMs: readonly number[], { red, green, blue }: Colours): EnginePayload {
  const all = (value: number): number[] => timestampMs.map(() => value);
  const pixels = all(1000);
  const none = all(0);
  return {
    engine: "recording",
    chunkNumber: 0,
    timestampMs,
    frameNumber: timestampMs.map((_, i) => i),
    face: all(FACE_PRESENT),
    centreX: none,
    centreY: none,
    eyeDistance: all(60),
    roll: none,
    yaw: none,
    pitch: none,
    regions: [{ name: "skin", skin: true, pixels, red, green, blue, spread: all(1), clipped: none }],
  };
}

/** Every array of one entry per frame, in the chunk and in its regions, cut to [from, to). */
function part(chunk: EnginePayload, from: number, to: number): EnginePayload {
  const frames = chunk.timestampMs.length;
  const cut = (value: unknown): unknown =>
    hasEntries(value, frames) ? Array.prototype.slice.call(value, from, to) : value;
  const cutAll = <T extends object>(owner: T): T =>
    Object.fromEntries(Object.entries(owner).map(([key, value]) => [key, cut(value)])) as T;
  return { ...cutAll({ ...chunk, regions: [] }), regions: chunk.regions.map(cutAll) };
}

function hasEntries(value: unknown, count: number): value is ArrayLike<unknown> {
  return typeof value === "object" && value !== null && "length" in value && value.length === count;
}

/** Index of the first time that is not before `ms`. */
function firstFrom(timesMs: ArrayLike<number>, ms: number): number {
  let low = 0;
  let high = timesMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timesMs[middle]! < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

function meanOf(values: readonly number[]): number {
  return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : 0;
}
