import type { ChunkPayload } from "./chunk.js";
import type { ConstraintChecker } from "./constraints.js";
import type { FaceObservation, PosePointNames, Rect } from "./face.js";
import type { Frame } from "./video.js";

/** States of a collector; names and transitions are the DFX SDK's. */
export type CollectorState = "WAITING" | "COLLECTING" | "CHUNKREADY" | "COMPLETED" | "ERROR";

/** A region of skin in the current frame: x, y pairs in picture pixels. */
export interface RegionPolygon {
  readonly name: string;
  readonly points: Float32Array;
}

/**
 * The extraction engine, as the pipeline sees it: the object model of the DFX SDK, so that the licensed
 * library can stand in for our own. Everything is synchronous; it runs in the worker thread.
 */
export interface Engine {
  readonly name: string;
  readonly version: string;
  createFactory(): Factory;
}

export interface Factory {
  /**
   * Takes a study; undefined means the engine's bundled default.
   * @throws AppError STUDY when the bytes are not a study of this engine.
   */
  initializeStudy(study: Uint8Array | undefined): void;
  createCollector(posePoints: PosePointNames): Collector;
}

export interface Collector extends ConstraintChecker {
  /** A hint in Hz; the real rate comes from timestamps. */
  setTargetFps(rateHz: number): void;
  setChunkDurationSeconds(durationS: number): void;
  setNumberChunks(count: number): void;
  /** Text that travels in the metadata of every chunk. */
  setProperty(key: string, value: string): void;
  getState(): CollectorState;
  startCollection(): void;
  /**
   * Adds a frame and its face (undefined: no face is visible): regions, channels, chunk rules.
   * Before startCollection only the regions are defined and nothing is stored.
   * @throws AppError ENGINE
   */
  extractChannels(frame: Frame, face: FaceObservation | undefined): CollectorState;
  /** Marks the next frame that is extracted. */
  addMarker(text: string): void;
  /** Seals what is left as the final, perhaps short, chunk: the state becomes COMPLETED. */
  forceComplete(): void;
  /** The chunk that is ready; null when there is none or not enough valid frames in it. */
  getChunkData(): ChunkPayload | null;
  cancelCollection(): void;
  resetCollection(): void;
  /** Regions of the last frame, for the overlay; empty without a face. */
  regionPolygons(): readonly RegionPolygon[];
}

/** What finds the face in a frame, or knows where it was. */
export interface FaceTracker {
  /** Order of the points in the observations. */
  readonly pointNames: PosePointNames;
  /** The face in this frame, undefined when there is none. The result is reused by the next call. */
  track(frame: Frame): FaceObservation | undefined;
}

/** Writes a scaled RGB picture of a part of the frame; `out` is width * height * 3 bytes. */
export type Thumbnailer = (frame: Frame, crop: Rect, out: Uint8Array, outWidthPx: number, outHeightPx: number) => void;
