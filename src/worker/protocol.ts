import type { CaptureNote, CaptureTiming } from "../domain/capture.js";
import type { ChunkPayload } from "../domain/chunk.js";
import type { ChunkQuality, ConstraintId } from "../domain/constraints.js";
import type { Failure } from "../domain/errors.js";
import type { FaceDetectStrategy } from "../domain/face.js";
import type { PreviewPicture, PreviewRequest } from "../domain/preview.js";
import type { SourceInfo } from "../domain/video.js";

// Everything that crosses between the main thread and the measuring thread. Full pictures never do;
// payloads and preview pictures are moved, not copied.

/** What the measuring thread needs to know; handed over once, at its start. */
export interface ExtractionSettings {
  /** File, camera number or address, as the operator wrote it. */
  readonly source: string;
  readonly resolution: { readonly widthPx: number; readonly heightPx: number } | undefined;
  /** Frames per second and format of the samples that a camera is asked for. */
  readonly cameraRateHz?: number | undefined;
  readonly pixelFormat?: string | undefined;
  readonly ffmpegPath: string | undefined;
  /** Files only: frames are given out at the pace at which they were taken. */
  readonly live: boolean;
  /** Wait for `start` before collecting; cameras always do. */
  readonly wait: boolean;
  /** Wait until the conditions were good for a while; a file that is not played live has no time for that. */
  readonly autoStart?: boolean | undefined;
  /** Undefined: a minute of a file, half a minute of a camera (as in the original). */
  readonly videoLengthS: number | undefined;
  readonly chunkLengthS: number;
  /** Bytes of a study file; undefined is the engine's default. */
  readonly study: Uint8Array | undefined;
  readonly faceDetect: FaceDetectStrategy;
  /** Text of a pre-tracked face file, and its name for messages. */
  readonly faceFile: { readonly name: string; readonly text: string } | undefined;
  /** Text of a file that changes the constraints, and its name for messages. */
  readonly constraints?: { readonly name: string; readonly text: string } | undefined;
  /** Somebody looks at the wave of the skin. */
  readonly showsWave?: boolean | undefined;
  /** Where the face points are written; undefined when they are not wanted. */
  readonly recordFacesAt: string | undefined;
  /** Goes into the metadata of every chunk. */
  readonly properties: Readonly<Record<string, string>>;
}

export type ToWorker =
  | { readonly kind: "start" }
  | { readonly kind: "cancel" }
  /** One chunk has left the queue of the main thread. */
  | { readonly kind: "taken" }
  /** The last preview picture was used up: the next may be sent. */
  | { readonly kind: "painted" }
  /** A still of the next frame is wanted. */
  | { readonly kind: "still" }
  | { readonly kind: "preview"; readonly request: PreviewRequest | undefined };

/** Counters of the measuring thread. */
export interface Tick {
  readonly framesRead: number;
  readonly framesTracked: number;
  readonly framesDropped: number;
  readonly positionS: number;
  readonly rateHz: number;
  /** Frames per second that the source gave in the same time, dropped ones too. */
  readonly sourceRateHz: number;
  readonly speed: number;
  readonly hasFace: boolean;
  readonly presence: number;
  /** What the person could do better, the most urgent first; stays long enough to be read. */
  readonly advice: readonly ConstraintId[];
  /** The first constraint that the newest frame violates. */
  readonly violated: ConstraintId | null;
  /** For how long, in the time of the frames, every constraint has been good. */
  readonly goodForS: number;
}

/** Brightness of the face, frame by frame since the last of these, NaN without one; at most SKIN_SAMPLES_MAX. */
export interface SkinReport {
  /** Since collection began or, before that, since the first frame. */
  readonly timesS: readonly number[];
  /** Mean green, 0 to 255. */
  readonly greens: readonly number[];
}

/** How long ago, at the time of posting, a chunk's last frame was read and the chunk was sealed. */
export interface ChunkAges {
  readonly capturedMs: number;
  readonly extractedMs: number;
}

export type FromWorker =
  /** The source is open and the engine is loaded. */
  | {
      readonly kind: "opened";
      readonly source: SourceInfo;
      /** Seconds that will be measured. */
      readonly plannedS: number;
      readonly plannedChunks: number;
      /** Collection waits for `start`. */
      readonly waits: boolean;
      readonly engine: string;
      readonly ffmpeg: string;
    }
  | { readonly kind: "tick"; readonly tick: Tick; readonly skin?: SkinReport | undefined }
  | {
      readonly kind: "chunk";
      readonly chunk: ChunkPayload;
      readonly last: boolean;
      readonly quality: ChunkQuality;
      readonly ages: ChunkAges;
      /** As it was counted when the chunk was sealed. */
      readonly tick: Tick;
    }
  /** Sealed when the measurement ended before its time: to be kept, not to be sent. */
  | {
      readonly kind: "rest";
      readonly chunk: ChunkPayload;
      readonly quality: ChunkQuality;
      readonly ages: ChunkAges;
      readonly tick: Tick;
    }
  | { readonly kind: "picture"; readonly picture: PreviewPicture }
  /** A larger still with the overlay, taken when a chunk was sealed or one was asked for. */
  | { readonly kind: "still"; readonly picture: PreviewPicture }
  /** A live source is lost, or back. */
  | { readonly kind: "away"; readonly isAway: boolean }
  /** What went less than well while measuring. */
  | { readonly kind: "note"; readonly note: CaptureNote }
  /** Of live sources, now and then and at the end. */
  | { readonly kind: "timing"; readonly timing: CaptureTiming }
  /** Something worth knowing; a warning unless it says otherwise. */
  | { readonly kind: "notice"; readonly text: string; readonly level?: "info" }
  | {
      readonly kind: "done";
      readonly tick: Tick;
      readonly cancelled: boolean;
      /** Path of the finished face file, when it was asked for. */
      readonly faces: string | undefined;
    }
  | { readonly kind: "failed"; readonly failure: Failure; readonly tick: Tick; readonly faces: string | undefined };

/** As much as the screen keeps. Files are read at over 600 frames per second, and a busy computer tells late. */
export const SKIN_SAMPLES_MAX = 2_400;
