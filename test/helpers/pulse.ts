import { seededRandom } from "../../fixtures/generator/random.mjs";
import { type EnginePayload, FACE_PRESENT, type RegionSeries } from "../../src/wire/engine-payload.js";

// Colour traces of a skin whose pulse is known. What makes them honest: beats with real-looking variation
// (never a sine), three channels with different depth, noise, drift, and controls without any pulse.

/** What to make; every share is relative to the mean colour. */
export interface TraceSettings {
  readonly seed: number;
  /** Mean rate in 1/min. */
  readonly bpm: number;
  readonly seconds: number;
  readonly rateHz: number;
  /** Standard deviation of the intervals in ms. */
  readonly sdnnMs: number;
  /** Depth of the pulse in green, peak to peak; 0: no pulse. */
  readonly depth: number;
  /** Depth in red, green and blue as a share of green's. */
  readonly colour: readonly [number, number, number];
  /** Noise of a region's mean in grey levels. */
  readonly noise: number;
  /** Standard deviation of the slow drift of the light. */
  readonly drift: number;
  /** Standard deviation of the frame times in ms. */
  readonly jitterMs: number;
  /** Share of frames that are missing. */
  readonly missing: number;
  /** Light that flickers, on the face and on the background: rate in 1/min, depth, colour. */
  readonly flicker: {
    readonly bpm: number;
    readonly depth: number;
    readonly colour: readonly [number, number, number];
  };
  /** Head that nods: rate in 1/min, amplitude in eye distances, brightness change that comes with it. */
  readonly nod: { readonly bpm: number; readonly amplitude: number; readonly depth: number };
  /** Breathing: rate in 1/min (it also moves the intervals), rise of the head in eye distances, share of the pulse's amplitude. */
  readonly breath: { readonly perMinute: number; readonly motion: number; readonly amplitude: number };
  /** The camera changes its exposure: at this second by this factor, over a fifth of a second; 1: never. */
  readonly exposure: { readonly atS: number; readonly factor: number };
  /** Key frames every so many seconds (0: not known), after each of which colours relax from a jump of this share. */
  readonly keyFrames: { readonly everyS: number; readonly jump: number };
  /** A hand over one region: its name and from when to when. */
  readonly covered: { readonly region: string; readonly fromS: number; readonly toS: number };
}

export const STILL: TraceSettings = {
  seed: 1,
  bpm: 72,
  seconds: 20,
  rateHz: 30,
  sdnnMs: 40,
  depth: 0.01,
  colour: [0.3, 1, 0.45],
  noise: 0.05,
  drift: 0.01,
  jitterMs: 0,
  missing: 0,
  flicker: { bpm: 0, depth: 0, colour: [1, 1, 1] },
  nod: { bpm: 0, amplitude: 0, depth: 0 },
  breath: { perMinute: 15, motion: 0, amplitude: 0 },
  exposure: { atS: 0, factor: 1 },
  keyFrames: { everyS: 0, jump: 0 },
  covered: { region: "", fromS: 0, toS: 0 },
};

/** A made recording and what is true of it. */
export interface Trace {
  readonly payload: EnginePayload;
  /** 60 / mean interval of the beats inside the recording, in 1/min. */
  readonly meanBeatBpm: number;
  readonly beatTimesS: readonly number[];
}

/** Strength of the pulse and share of the light changes in each region. */
const REGIONS = [
  { name: "forehead", strength: 1, pixels: 4000 },
  { name: "left cheek", strength: 0.9, pixels: 2500 },
  { name: "right cheek", strength: 0.9, pixels: 2500 },
  { name: "nose", strength: 0.8, pixels: 1200 },
  { name: "chin", strength: 0.6, pixels: 900 },
] as const;

const SKIN = [170, 120, 95] as const;
const HAND = [150, 100, 80] as const;

/** What a key frame changes: mostly chroma, which is coded coarsely. */
const CODING_COLOUR = [-0.4, 1, 0.5] as const;
const WALL = [140, 142, 150] as const;

export function makeTrace(change: Partial<TraceSettings>): Trace {
  const settings = { ...STILL, ...change };
  const random = randomFrom(settings.seed);
  const beatTimesS = beatsFor(settings, random);
  const timesS = frameTimes(settings, random);
  const light = driftOf(settings.drift, random);
  const nod = (t: number): number => Math.sin((2 * Math.PI * settings.nod.bpm * t) / 60);
  const flicker = (t: number): number =>
    settings.flicker.depth * Math.sin((2 * Math.PI * settings.flicker.bpm * t) / 60);
  const breath = (t: number): number => Math.sin((2 * Math.PI * settings.breath.perMinute * t) / 60);
  const wave = (t: number): number =>
    pulseWave(t, beatTimesS) * settings.depth * (1 + settings.breath.amplitude * breath(t));
  const camera = (t: number): number =>
    1 + (settings.exposure.factor - 1) * Math.min(1, Math.max(0, (t - settings.exposure.atS) / 0.2));
  const { everyS, jump } = settings.keyFrames;
  const relaxing = (t: number): number => (everyS > 0 ? jump * Math.exp(-(t % everyS) / (everyS / 4)) : 0);
  const isCovered = (name: string, t: number): boolean =>
    settings.covered.region === name && t >= settings.covered.fromS && t < settings.covered.toS;
  const all = (value: number): number[] => timesS.map(() => value);
  const region = (
    name: string,
    skin: boolean,
    pixels: number,
    mean: readonly [number, number, number],
    strength: number,
  ): RegionSeries => {
    const shading = driftOf(settings.drift / 3, random);
    const channel = (c: 0 | 1 | 2): number[] =>
      timesS.map((t) => {
        const pulse = strength * settings.colour[c] * wave(t);
        const nodding = skin ? nod(t) * settings.nod.depth : 0;
        const brightness = (1 + light(t) + shading(t) + nodding) * (1 + flicker(t) * settings.flicker.colour[c]);
        // A still wall is hardly coded anew.
        const coding = relaxing(t) * CODING_COLOUR[c] * (skin ? 1 : 0.05);
        if (isCovered(name, t)) return HAND[c] * (1 + 0.05 * Math.sin(9 * t)) * camera(t) + random.normal();
        return mean[c] * brightness * (1 - pulse) * camera(t) * (1 + coding) + settings.noise * random.normal();
      });
    return {
      name,
      skin,
      pixels: all(pixels),
      red: channel(0),
      green: channel(1),
      blue: channel(2),
      spread: all(6),
      clipped: all(0),
    };
  };
  const payload: EnginePayload = {
    engine: "test",
    chunkNumber: 0,
    timestampMs: timesS.map((t) => t * 1000),
    frameNumber: timesS.map((_, i) => i),
    face: all(FACE_PRESENT),
    centreX: timesS.map(() => 320 + 0.05 * random.normal()),
    centreY: timesS.map(
      (t) => 240 + 60 * (settings.nod.amplitude * nod(t) - settings.breath.motion * breath(t)) + 0.05 * random.normal(),
    ),
    eyeDistance: all(60),
    roll: all(0),
    yaw: all(0),
    pitch: all(0),
    regions: [
      ...REGIONS.map(({ name, strength, pixels }) => region(name, true, pixels, SKIN, strength)),
      region("background", false, 3000, WALL, 0),
    ],
    keyFrames: everyS > 0 ? keyFramesAt(timesS, everyS) : undefined,
  };
  return { payload, meanBeatBpm: meanBeatRate(beatTimesS, settings.seconds), beatTimesS };
}

/** Numbers of the first frames of every interval. */
function keyFramesAt(timesS: readonly number[], everyS: number): number[] {
  return timesS.flatMap((t, i) => {
    const before = timesS[i - 1];
    return before === undefined || Math.floor(t / everyS) > Math.floor(before / everyS) ? [i] : [];
  });
}

/** Standard deviation of the true intervals inside the recording, and root mean square of their differences, in ms. */
export function trueVariability(beatTimesS: readonly number[], seconds: number): { sdnnMs: number; rmssdMs: number } {
  const inside = beatTimesS.filter((time) => time >= 0 && time < seconds);
  const intervals = inside.slice(1).map((time, i) => 1000 * (time - inside.at(i)!));
  const mean = intervals.reduce((sum, ms) => sum + ms, 0) / intervals.length;
  const squares = intervals.reduce((sum, ms) => sum + (ms - mean) ** 2, 0);
  const steps = intervals.slice(1).reduce((sum, ms, i) => sum + (ms - intervals.at(i)!) ** 2, 0);
  return {
    sdnnMs: Math.sqrt(squares / (intervals.length - 1)),
    rmssdMs: Math.sqrt(steps / (intervals.length - 1)),
  };
}

/** A payload cut at these times (in seconds) into chunks. */
export function cutInChunks(payload: EnginePayload, cutsS: readonly number[]): EnginePayload[] {
  const startsMs = [Number.NEGATIVE_INFINITY, ...cutsS.map((cut) => cut * 1000)];
  return startsMs.flatMap((startMs, chunkNumber) => {
    const endMs = startsMs.at(chunkNumber + 1) ?? Number.POSITIVE_INFINITY;
    const chunk = framesOf(payload, (timeMs) => timeMs >= startMs && timeMs < endMs);
    return chunk.timestampMs.length > 0 ? [{ ...chunk, chunkNumber }] : [];
  });
}

/** The payload with only the frames whose time passes. */
export function framesOf(payload: EnginePayload, keep: (timeMs: number, index: number) => boolean): EnginePayload {
  const passes = Array.from(payload.timestampMs, keep);
  const kept = (values: ArrayLike<number>): number[] => Array.from(values).filter((_, i) => passes[i]);
  return {
    ...payload,
    timestampMs: kept(payload.timestampMs),
    frameNumber: kept(payload.frameNumber),
    face: kept(payload.face),
    centreX: kept(payload.centreX),
    centreY: kept(payload.centreY),
    eyeDistance: kept(payload.eyeDistance),
    roll: kept(payload.roll),
    yaw: kept(payload.yaw),
    pitch: kept(payload.pitch),
    regions: payload.regions.map((region) => ({
      ...region,
      pixels: kept(region.pixels),
      red: kept(region.red),
      green: kept(region.green),
      blue: kept(region.blue),
      spread: kept(region.spread),
      clipped: kept(region.clipped),
    })),
  };
}

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Mean 0, standard deviation 1. */
  normal(): number;
}

/** The same numbers for the same seed; neighbouring seeds are spread first. */
export function randomFrom(seed: number): Random {
  const next = seededRandom(Math.imul(seed + 1, 0x9e3779b1));
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return { next, normal };
}

/** 60 / mean interval of the beats in [0, seconds). */
export function meanBeatRate(beatTimesS: readonly number[], seconds: number): number {
  const inside = beatTimesS.filter((time) => time >= 0 && time < seconds);
  return (60 * (inside.length - 1)) / (inside.at(-1)! - inside.at(0)!);
}

/** Intervals wander slowly (a sum of slow waves, 1/f) and with breathing, both scaled to the wanted spread. */
function beatsFor({ bpm, seconds, sdnnMs, breath }: TraceSettings, random: Random): number[] {
  const meanS = 60 / bpm;
  const slow = Array.from({ length: 5 }, (_, i) => ({ hz: 0.02 * (i + 1), phase: 2 * Math.PI * random.next() }));
  const breathPhase = 2 * Math.PI * random.next();
  const variation = (t: number): number => {
    const wander = slow.reduce(
      (sum, { hz, phase }, i) => sum + Math.sin(2 * Math.PI * hz * t + phase) / Math.sqrt(i + 1),
      0,
    );
    return 0.55 * wander + 0.9 * Math.sin((2 * Math.PI * breath.perMinute * t) / 60 + breathPhase);
  };
  const times = [-3 + meanS * random.next()];
  while (times.at(-1)! < seconds + 2) {
    const t = times.at(-1)!;
    times.push(t + Math.max(0.25, meanS + (sdnnMs / 1000) * (variation(t) + 0.25 * random.normal())));
  }
  return times;
}

function frameTimes({ seconds, rateHz, jitterMs, missing }: TraceSettings, random: Random): number[] {
  const times: number[] = [];
  for (let i = 0; i < seconds * rateHz; i += 1) {
    const time = i / rateHz + (jitterMs / 1000) * random.normal();
    if (random.next() >= missing && time > (times.at(-1) ?? Number.NEGATIVE_INFINITY) + 1e-3) times.push(time);
  }
  return times;
}

/** Slow waves of light, 0.03 to 0.6 Hz, weaker when faster. */
function driftOf(deviation: number, random: Random): (t: number) => number {
  const waves = Array.from({ length: 12 }, (_, i) => ({
    hz: 0.03 * 1.3 ** i,
    phase: 2 * Math.PI * random.next(),
    size: (1.6 * deviation * random.normal()) / (1 + i),
  }));
  return (t) => waves.reduce((sum, { hz, phase, size }) => sum + size * Math.sin(2 * Math.PI * hz * t + phase), 0);
}

/** Blood volume at a time, about 0 to 1: a systolic and a dicrotic bump per beat. */
function pulseWave(t: number, beatTimesS: readonly number[]): number {
  const last = beatTimesS.findLastIndex((beat) => beat <= t);
  let value = 0;
  for (const beat of [last - 1, last, last + 1]) {
    const start = beatTimesS[beat];
    const end = beatTimesS[beat + 1];
    if (start === undefined || end === undefined) continue;
    const x = (t - start) / (end - start);
    value += Math.exp(-0.5 * ((x - 0.22) / 0.085) ** 2) + 0.38 * Math.exp(-0.5 * ((x - 0.52) / 0.13) ** 2);
  }
  return value;
}
