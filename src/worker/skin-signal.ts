import type { Thumbnailer } from "../domain/engine.js";
import type { FaceObservation } from "../domain/face.js";
import type { Frame } from "../domain/video.js";
import { SKIN_SAMPLES_MAX, type SkinReport } from "./protocol.js";

/** Side of the picture that the face is averaged through: enough pixels to hide their rounding to whole numbers. */
const SIDE_PX = 16;
/** The inner part of the face's rectangle, as shares of its sides: without hair and background. */
const INSET = 0.15;

/**
 * Mean green of the face in every frame, so that the screen has a wave to show before the first chunk is answered. The
 * measurement itself does not use it. Costs 0.03 ms a frame and allocates nothing.
 */
export class SkinSignal {
  readonly #thumbnail: Thumbnailer;
  readonly #pixels = new Uint8Array(SIDE_PX * SIDE_PX * 3);
  readonly #crop = { x: 0, y: 0, w: 0, h: 0 };
  #timesS: number[] = [];
  #greens: number[] = [];
  #wasCollecting = false;
  #startMs: number | undefined;

  constructor(thumbnail: Thumbnailer) {
    this.#thumbnail = thumbnail;
  }

  add(frame: Frame, face: FaceObservation | undefined, collecting: boolean): void {
    if (collecting !== this.#wasCollecting) this.#startMs = undefined;
    this.#wasCollecting = collecting;
    this.#startMs ??= frame.timestampMs;
    this.#timesS.push((frame.timestampMs - this.#startMs) / 1000);
    this.#greens.push(face && this.#isInside(frame, face) ? this.#greenOf(frame) : Number.NaN);
    if (this.#timesS.length <= SKIN_SAMPLES_MAX) return;
    this.#timesS.shift();
    this.#greens.shift();
  }

  #greenOf(frame: Frame): number {
    this.#thumbnail(frame, this.#crop, this.#pixels, SIDE_PX, SIDE_PX);
    let sum = 0;
    for (let at = 1; at < this.#pixels.length; at += 3) sum += this.#pixels[at] ?? 0;
    return sum / (SIDE_PX * SIDE_PX);
  }

  /** What came since the last call. */
  take(): SkinReport {
    const report = { timesS: this.#timesS, greens: this.#greens };
    this.#timesS = [];
    this.#greens = [];
    return report;
  }

  /** Outside the frame is black, which would come and go with the head. */
  #isInside({ format }: Frame, { rect }: FaceObservation): boolean {
    const crop = this.#crop;
    crop.x = rect.x + rect.w * INSET;
    crop.y = rect.y + rect.h * INSET;
    crop.w = rect.w * (1 - 2 * INSET);
    crop.h = rect.h * (1 - 2 * INSET);
    const isLargeEnough = crop.w >= 1 && crop.h >= 1;
    return (
      isLargeEnough &&
      crop.x >= 0 &&
      crop.y >= 0 &&
      crop.x + crop.w <= format.widthPx &&
      crop.y + crop.h <= format.heightPx
    );
  }
}
