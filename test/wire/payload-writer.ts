import protobuf from "protobufjs";

// Writes payloads of our engine for tests, field by field, so that the reader is not tested with itself.

const FLOAT_FIELDS = { centreX: 7, centreY: 8, eyeDistance: 9, roll: 10, yaw: 11, pitch: 12 } as const;
const REGION_FLOAT_FIELDS = { red: 4, green: 5, blue: 6, spread: 7, clipped: 8 } as const;

export interface WrittenRegion {
  name: string;
  skin: boolean;
  pixels: number[];
  red: number[];
  green: number[];
  blue: number[];
  spread: number[];
  clipped: number[];
}

export interface WrittenPayload {
  engine: string;
  chunkNumber: number;
  timestampMs: number[];
  frameNumber: number[];
  face: number[];
  centreX: number[];
  centreY: number[];
  eyeDistance: number[];
  roll: number[];
  yaw: number[];
  pitch: number[];
  regions: WrittenRegion[];
  keyFrames?: number[];
}

export function writePayload(payload: WrittenPayload): Uint8Array {
  const writer = protobuf.Writer.create();
  writer.uint32(0x0a).string(payload.engine);
  if (payload.chunkNumber !== 0) writer.uint32(0x10).uint32(payload.chunkNumber);
  packed(writer, 4, payload.timestampMs, "double");
  packed(writer, 5, payload.frameNumber, "uint32");
  packed(writer, 6, payload.face, "uint32");
  for (const [name, field] of Object.entries(FLOAT_FIELDS)) {
    packed(writer, field, payload[name as keyof typeof FLOAT_FIELDS], "float");
  }
  for (const region of payload.regions) {
    writer.uint32((13 << 3) | 2).fork();
    writer.uint32(0x0a).string(region.name);
    if (region.skin) writer.uint32(0x10).bool(true);
    packed(writer, 3, region.pixels, "uint32");
    for (const [name, field] of Object.entries(REGION_FLOAT_FIELDS)) {
      packed(writer, field, region[name as keyof typeof REGION_FLOAT_FIELDS], "float");
    }
    writer.ldelim();
  }
  if (payload.keyFrames) packed(writer, 15, payload.keyFrames, "uint32");
  return Uint8Array.from([0x44, 0x58, 0x54, 0x50, 1, ...writer.finish()]);
}

function packed(
  writer: protobuf.Writer,
  field: number,
  values: readonly number[],
  kind: "double" | "float" | "uint32",
): void {
  if (values.length === 0) return;
  writer.uint32((field << 3) | 2).fork();
  for (const value of values) writer[kind](value);
  writer.ldelim();
}

export interface PulsePlan {
  readonly chunkNumber: number;
  readonly frames: number;
  readonly rateHz: number;
  readonly startMs: number;
  readonly bpm: number;
}

/** A chunk whose skin pulses at a known rate: green varies by one grey level around 120. */
export function pulsePayload({ chunkNumber, frames, rateHz, startMs, bpm }: PulsePlan): WrittenPayload {
  const each = (value: (frame: number) => number): number[] =>
    Array.from({ length: frames }, (_, frame) => value(frame));
  const timeMs = (frame: number): number => startMs + (frame * 1000) / rateHz;
  const pulse = (frame: number): number => Math.sin((2 * Math.PI * bpm * timeMs(frame)) / 60_000);
  const region = (name: string, skin: boolean, depth: number): WrittenRegion => ({
    name,
    skin,
    pixels: each(() => 900),
    red: each((frame) => Math.fround(150 + 0.3 * depth * pulse(frame))),
    green: each((frame) => Math.fround(120 + depth * pulse(frame))),
    blue: each((frame) => Math.fround(100 + 0.5 * depth * pulse(frame))),
    spread: each(() => 4),
    clipped: each(() => 0),
  });
  return {
    engine: "dfxterm-test",
    chunkNumber,
    timestampMs: each(timeMs),
    frameNumber: each((frame) => chunkNumber * frames + frame + 1),
    face: each(() => 7),
    centreX: each(() => 320),
    centreY: each(() => 240),
    eyeDistance: each(() => 64),
    roll: each(() => 0),
    yaw: each(() => 0),
    pitch: each(() => 0),
    regions: [region("forehead", true, 1), region("leftCheek", true, 0.5), region("background", false, 0)],
  };
}
