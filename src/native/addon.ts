import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

import { AppError } from "../domain/errors.js";
import type { FaceDetectStrategy } from "../domain/face.js";

// What native/binding exports. A picture is always five arguments: data, widthPx, heightPx, fullRange, bt709.
// Every class and function checks its arguments and throws an Error with a `code` of its own (ENGINE_...).

/** Detection and landmark tracking of one face. */
export interface NativeFaceTracker {
  /**
   * Looks for the face and writes what it finds.
   * @param landmarks out, 468 * 3: x px, y px, z (same scale as x) of each FaceMesh landmark.
   * @param state out, 6: presence [0,1], detected (1 when the detector found it in this frame), detector runs so
   *   far, x, y (centre) and size of the square region that was looked at, in px.
   * @returns whether a face is there.
   */
  track(
    data: Uint8Array,
    widthPx: number,
    heightPx: number,
    fullRange: boolean,
    bt709: boolean,
    timestampMs: number,
    landmarks: Float32Array,
    state: Float64Array,
  ): boolean;
  /** Forgets the face. */
  reset(): void;
}

interface NativeChunk {
  readonly valid: boolean;
  readonly startFrame: number;
  readonly endFrame: number;
  readonly chunkNumber: number;
  readonly numberChunks: number;
  readonly firstChunkStartTimeS: number;
  readonly startTimeS: number;
  readonly endTimeS: number;
  readonly durationS: number;
  readonly payload: Uint8Array<ArrayBuffer>;
  readonly metadata: Uint8Array<ArrayBuffer>;
}

/** States as numbers: 0 WAITING, 1 COLLECTING, 2 CHUNKREADY, 3 COMPLETED, 4 ERROR. */
export interface NativeCollector {
  setTargetFps(rateHz: number): void;
  setChunkDurationSeconds(durationS: number): void;
  setNumberChunks(count: number): void;
  setProperty(key: string, value: string): void;
  getState(): number;
  startCollection(): void;
  addMarker(text: string): void;
  /**
   * @param points x px, y px, z, quality for every pose point named at creation; ignored when `hasFace` is false.
   * @param keyFrame true when the codec stored this picture whole; left out: not known.
   * @returns the new state.
   */
  extractChannels(
    data: Uint8Array,
    widthPx: number,
    heightPx: number,
    fullRange: boolean,
    bt709: boolean,
    frameNumber: number,
    timestampMs: number,
    hasFace: boolean,
    poseValid: boolean,
    detected: boolean,
    points: Float32Array,
    keyFrame?: boolean,
  ): number;
  forceComplete(): void;
  getChunkData(): NativeChunk | null;
  cancelCollection(): void;
  resetCollection(): void;
  regionNames(): string[];
  /**
   * Writes x, y pairs of a region of the last frame into `out`.
   * @returns the number of points (0 without a face, never more than out.length / 2).
   */
  regionPolygon(index: number, out: Float32Array): number;
}

export interface NativeFactory {
  /**
   * Takes a study as flat numbers (src/native/study.ts makes them, native/core/study.h describes them); throws
   * with code ENGINE_STUDY. The first `requiredPoints` of `pointNames` must be given by the tracker.
   */
  initializeStudy(
    id: string,
    pointNames: string[],
    requiredPoints: number,
    regionNames: string[],
    layout: Float64Array,
    limits: Float64Array,
  ): void;
  createCollector(posePointNames: string[]): NativeCollector;
}

export interface Addon {
  readonly FaceTracker: new (
    detectorModel: Uint8Array,
    meshModel: Uint8Array,
    strategy: FaceDetectStrategy,
  ) => NativeFaceTracker;
  readonly Factory: new () => NativeFactory;
  /** Version of the extraction engine. */
  engineVersion(): string;
  /** Instruction set in use: "avx512", "avx2" or "baseline". `DFXTERM_ISA` may lower it. */
  instructionSet(): string;
  /**
   * Asks the system to let a pipe hold so many bytes.
   * @returns what it holds then; 0 when it is no pipe or the system does not tell.
   */
  widenPipe(fd: number, bytes: number): number;
  /** Box-filters a part of the picture into RGB24: out is outWidthPx * outHeightPx * 3 bytes. */
  thumbnail(
    data: Uint8Array,
    widthPx: number,
    heightPx: number,
    fullRange: boolean,
    bt709: boolean,
    cropX: number,
    cropY: number,
    cropWidth: number,
    cropHeight: number,
    out: Uint8Array,
    outWidthPx: number,
    outHeightPx: number,
  ): void;
}

let loaded: Addon | undefined;

/**
 * The compiled engine.
 * @throws AppError ENGINE when it is not built or does not load.
 */
export function loadAddon(): Addon {
  if (loaded) return loaded;
  const path = fileURLToPath(new URL("../../native/build/dfxterm.node", import.meta.url));
  try {
    loaded = createRequire(import.meta.url)(path) as Addon;
    return loaded;
  } catch (error) {
    throw new AppError("ENGINE", "the native engine is not built for this machine: run `npm run build:native` first", {
      cause: error,
    });
  }
}
