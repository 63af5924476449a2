import type { ChunkPayload } from "../../src/domain/chunk.js";
import type { Collector } from "../../src/domain/engine.js";
import { type FaceObservation, POINT_STRIDE } from "../../src/domain/face.js";
import type { Frame, VideoFormat } from "../../src/domain/video.js";
import { loadAddon } from "../../src/native/addon.js";
import { ExtractionEngine } from "../../src/native/extraction-engine.js";
import { parseStudy, type StudyInput } from "../../src/native/study.js";

/** Corners of the squares that the test study measures, as pose points of their own. */
export const SQUARES = {
  left: { x: 20, y: 20, side: 60 },
  right: { x: 100, y: 20, side: 60 },
} as const;

const FACE_POINTS: Readonly<Record<string, readonly [x: number, y: number]>> = {
  "3.7": [135, 60],
  "3.11": [105, 60],
  "3.8": [75, 60],
  "3.12": [45, 60],
  "9.3": [90, 90],
  "8.3": [110, 126],
  "8.4": [70, 126],
};

/** The names and places of all points of the test face. */
function testPoints(): [name: string, x: number, y: number][] {
  const points: [string, number, number][] = Object.entries(FACE_POINTS).map(([name, [x, y]]) => [name, x, y]);
  for (const [name, { x, y, side }] of Object.entries(SQUARES)) {
    points.push([`${name}.1`, x, y], [`${name}.2`, x + side, y]);
    points.push([`${name}.3`, x + side, y + side], [`${name}.4`, x, y + side]);
  }
  return points;
}

export const POINT_NAMES = testPoints().map(([name]) => name);

export function testFace(): FaceObservation {
  const points = new Float32Array(POINT_NAMES.length * POINT_STRIDE);
  for (const [index, [, x, y]] of testPoints().entries()) points.set([x, y, 0, 1], index * POINT_STRIDE);
  return {
    id: "1",
    rect: { x: 20, y: 20, w: 140, h: 120 },
    detected: true,
    poseValid: true,
    presence: 1,
    points,
  };
}

export function squareStudy(limits: StudyInput["limits"] = {}): StudyInput {
  return {
    format: "dfxterm-study",
    version: 1,
    id: "squares",
    requiredPoints: Object.keys(FACE_POINTS),
    limits,
    regions: Object.keys(SQUARES).map((name) => ({
      name,
      kind: "skin",
      outlines: [{ outer: { vertices: [1, 2, 3, 4].map((corner) => `${name}.${corner}`) } }],
    })),
  };
}

export function bytesOf(study: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(study));
}

export function collectorFor(study: StudyInput, chunkS: number, chunks: number): Collector {
  const factory = new ExtractionEngine(loadAddon(), parseStudy).createFactory();
  factory.initializeStudy(bytesOf(study));
  const collector = factory.createCollector(POINT_NAMES);
  collector.setTargetFps(30);
  collector.setChunkDurationSeconds(chunkS);
  collector.setNumberChunks(chunks);
  return collector;
}

/** A grey picture in which the planes can be painted. */
export class Picture {
  readonly format: VideoFormat;
  readonly data: Uint8Array;

  constructor(widthPx: number, heightPx: number, format: { fullRange?: boolean; bt709?: boolean } = {}) {
    this.format = { widthPx, heightPx, fullRange: format.fullRange ?? true, bt709: format.bt709 ?? false };
    this.data = new Uint8Array(widthPx * heightPx + 2 * Math.ceil(widthPx / 2) * Math.ceil(heightPx / 2)).fill(128);
  }

  frame(number: number, timestampMs: number): Frame {
    return { data: this.data, format: this.format, number, timestampMs };
  }
}

export interface Fed {
  readonly chunks: ChunkPayload[];
  /** State after every frame. */
  readonly states: string[];
}

/** Feeds frames at 30 per second, numbered from 1, and fetches what is ready. */
export function feed(
  collector: Collector,
  picture: Picture,
  count: number,
  hasFace: (frameNumber: number) => boolean = () => true,
): Fed {
  const face = testFace();
  const fed: Fed = { chunks: [], states: [] };
  for (let number = 1; number <= count; number += 1) {
    const frame = picture.frame(number, ((number - 1) * 1000) / 30);
    const state = collector.extractChannels(frame, hasFace(number) ? face : undefined);
    fed.states.push(state);
    if (state !== "CHUNKREADY" && state !== "COMPLETED") continue;
    const chunk = collector.getChunkData();
    if (chunk) fed.chunks.push(chunk);
  }
  return fed;
}
