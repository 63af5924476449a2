import type { Thumbnailer } from "../domain/engine.js";
import { AppError, failureOf } from "../domain/errors.js";
import type { FaceDetectStrategy } from "../domain/face.js";
import { type Addon, loadAddon, type NativeFaceTracker } from "./addon.js";
import { loadFaceModels } from "./models.js";

/** What the add-on has beside its public interface, for tests of the networks. */
export interface ModelRunner {
  /**
   * Runs any .tflite network that the engine can read on one input (rows of pixels of channels).
   * Throws an Error with code ENGINE_MODEL for other files.
   */
  runModel(model: Uint8Array, input: Float32Array): Float32Array[];
}

/**
 * A face tracker of the native engine with the weights of `@mediapipe/face_mesh`.
 * It and its methods throw AppError ENGINE.
 */
export function createFaceTracker(strategy: FaceDetectStrategy): NativeFaceTracker {
  const addon = loadAddon();
  const { detector, mesh } = loadFaceModels();
  try {
    return new NamedFaceTracker(new addon.FaceTracker(detector, mesh, strategy));
  } catch (error) {
    throw named(error);
  }
}

/** Gives failures of the add-on our name; written out, because it runs on every frame and should allocate nothing. */
class NamedFaceTracker implements NativeFaceTracker {
  readonly #tracker: NativeFaceTracker;

  constructor(tracker: NativeFaceTracker) {
    this.#tracker = tracker;
  }

  track(
    data: Uint8Array,
    widthPx: number,
    heightPx: number,
    fullRange: boolean,
    bt709: boolean,
    timestampMs: number,
    landmarks: Float32Array,
    state: Float64Array,
  ): boolean {
    try {
      return this.#tracker.track(data, widthPx, heightPx, fullRange, bt709, timestampMs, landmarks, state);
    } catch (error) {
      throw named(error);
    }
  }

  reset(): void {
    this.#tracker.reset();
  }
}

/** Makes small RGB pictures; the crop is taken in whole pixels and may reach beyond the frame (black there). */
export function createThumbnailer(addon: Pick<Addon, "thumbnail"> = loadAddon()): Thumbnailer {
  return (frame, crop, out, outWidthPx, outHeightPx) => {
    const { widthPx, heightPx, fullRange, bt709 } = frame.format;
    const x = Math.round(crop.x);
    const y = Math.round(crop.y);
    const width = Math.max(1, Math.round(crop.w));
    const height = Math.max(1, Math.round(crop.h));
    try {
      addon.thumbnail(
        frame.data,
        widthPx,
        heightPx,
        fullRange,
        bt709,
        x,
        y,
        width,
        height,
        out,
        outWidthPx,
        outHeightPx,
      );
    } catch (error) {
      throw named(error);
    }
  };
}

function named(error: unknown): AppError {
  return error instanceof AppError ? error : new AppError("ENGINE", failureOf(error).message, { cause: error });
}
