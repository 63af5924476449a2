import type { ConstraintCheck } from "../domain/constraints.js";
import type { FaceObservation } from "../domain/face.js";
import type { Frame } from "../domain/video.js";
import { AdviceKeeper } from "../extraction/advice.js";
import type { Tick } from "./protocol.js";

/** No frame stands for longer than this: behind a gap there is another one soon. */
const FRAME_MS_MAX = 250;

/** The rate shown is that of about the last second. */
const RATE_WINDOW_MS = 1000;

/** Counts what went through the pipeline. */
export class TickCounter {
  #framesRead = 0;
  #framesTracked = 0;
  #framesDropped = 0;
  #droppedBeforeStart = 0;
  #startedAtMs: number | undefined;
  #newestMs: number | undefined;
  #positionMs = 0;
  #hasFace = false;
  #presence = 0;
  #windowStartMs = Number.NaN;
  #windowFrames = 0;
  #windowDropped = 0;
  #rateHz = 0;
  #sourceRateHz = 0;
  #speed = 0;
  #windowStartMediaMs = 0;
  #hasRate = false;
  #goodSinceMs: number | undefined;
  #goodForMs = 0;
  readonly #advice = new AdviceKeeper();

  count(
    frame: Frame,
    face: FaceObservation | undefined,
    collecting: boolean,
    framesDropped: number,
    nowMs: number,
    check: ConstraintCheck,
  ): void {
    this.#advice.update(check, frame.timestampMs);
    if (this.#startedAtMs === undefined) this.#droppedBeforeStart = framesDropped;
    this.#framesDropped = framesDropped - this.#droppedBeforeStart;
    this.#hasFace = face !== undefined;
    this.#presence = face?.presence ?? 0;
    this.#measureRate(nowMs, frame.timestampMs);
    this.#goodSinceMs = check.overall === "GOOD" ? (this.#goodSinceMs ?? frame.timestampMs) : undefined;
    this.#goodForMs = frame.timestampMs - (this.#goodSinceMs ?? frame.timestampMs);
    if (!collecting) return;
    // A frame stands for the time until the next one, which is as long as that since the last one.
    const intervalMs = frame.timestampMs - (this.#newestMs ?? frame.timestampMs);
    this.#newestMs = frame.timestampMs;
    this.#startedAtMs ??= frame.timestampMs;
    this.#positionMs = frame.timestampMs - this.#startedAtMs + Math.min(intervalMs, FRAME_MS_MAX);
    this.#framesRead += 1;
    if (face) this.#framesTracked += 1;
  }

  /** No frames come: nothing is seen, and how long all was good begins anew. */
  pause(): void {
    this.#hasFace = false;
    this.#presence = 0;
    this.#rateHz = 0;
    this.#sourceRateHz = 0;
    this.#speed = 0;
    this.#hasRate = false;
    this.#windowStartMs = Number.NaN;
    this.#windowFrames = 0;
    this.#goodSinceMs = undefined;
    this.#goodForMs = 0;
  }

  tick(): Tick {
    return {
      framesRead: this.#framesRead,
      framesTracked: this.#framesTracked,
      framesDropped: this.#framesDropped,
      positionS: this.#positionMs / 1000,
      rateHz: this.#rateHz,
      sourceRateHz: this.#sourceRateHz,
      speed: this.#speed,
      hasFace: this.#hasFace,
      presence: this.#presence,
      advice: this.#advice.advice,
      violated: this.#advice.violated ?? null,
      goodForS: this.#goodForMs / 1000,
    };
  }

  #measureRate(nowMs: number, mediaMs: number): void {
    // The frame that opens a window ends no interval of it.
    if (Number.isNaN(this.#windowStartMs)) return this.#openWindow(nowMs, mediaMs);
    this.#windowFrames += 1;
    const elapsedMs = nowMs - this.#windowStartMs;
    const isFull = elapsedMs >= RATE_WINDOW_MS;
    // Until the first window is full, what there is says more than nothing.
    if (elapsedMs > 0 && (isFull || !this.#hasRate)) {
      this.#rateHz = (this.#windowFrames * 1000) / elapsedMs;
      this.#sourceRateHz = ((this.#windowFrames + this.#framesDropped - this.#windowDropped) * 1000) / elapsedMs;
      this.#speed = (mediaMs - this.#windowStartMediaMs) / elapsedMs;
    }
    if (!isFull) return;
    this.#hasRate = true;
    this.#openWindow(nowMs, mediaMs);
  }

  #openWindow(nowMs: number, mediaMs: number): void {
    this.#windowStartMs = nowMs;
    this.#windowStartMediaMs = mediaMs;
    this.#windowFrames = 0;
    this.#windowDropped = this.#framesDropped;
  }
}
