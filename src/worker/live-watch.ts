import type { CaptureNoteId } from "../domain/capture.js";
import { AppError } from "../domain/errors.js";
import type { Frame, SourceInfo } from "../domain/video.js";
import { TimingMeter } from "../frames/frame-timing.js";
import { PictureWatch } from "../frames/picture-watch.js";
import type { OpenedSource } from "../source/opened.js";
import type { Post } from "./telling.js";

/** While measuring, a source may be away for this long: what is missing is then bridged by the analysis. */
const GAP_MS_MAX = 1000;

/** A source that was lost and found again has a gap, however short, if anybody can see it. */
const RETURN_GAP_MS_MIN = 100;

/** Rates are told from windows of this length. */
const RATE_WINDOW_MS = 3000;
/** A camera that gives less than this share of what it promised takes longer exposures. */
const RATE_SHARE_MIN = 0.8;
/** The least with which a pulse wave is worth its name; also the default of the constraint LowFps. */
const RATE_HZ_MIN = 20;

const TIMING_INTERVAL_MS = 5000;
/** As for files: a rest of less than this is no chunk. */
const ENDED_EARLY_MS = 1000;
/** The same thing is not said more often than this. */
const SILENCE_MS = 10_000;

/** What the watch of a live source needs. */
export interface LiveWatchParts {
  readonly source: Pick<OpenedSource, "info" | "clock" | "exposureHint">;
  readonly post: Post;
  readonly isCollecting: () => boolean;
  /** Frames that came in time and were let go, because we were not ready for them. */
  readonly droppedCount: () => number;
  /** How often the source was lost and found again. */
  readonly returnCount: () => number;
  /** Puts a word beside the next frame that is collected. */
  readonly mark: (text: string) => void;
}

/** Watches the frames of a live source for gaps, a low rate, a frozen picture and a restless exposure, and says so. */
export class LiveWatch {
  readonly #parts: LiveWatchParts;
  readonly #picture = new PictureWatch();
  readonly #saidAtMs = new Map<CaptureNoteId, number>();
  #timing = new TimingMeter();
  #isCollecting = false;
  #startMs = 0;
  #newestMs: number | undefined;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #windowStartMs = Number.NaN;
  #windowFrames = 0;
  #droppedCount = 0;
  #returnCount = 0;

  constructor(parts: LiveWatchParts) {
    this.#parts = parts;
  }

  /**
   * The same frames.
   * @throws AppError SOURCE_LOST when more than a second is missing in the middle of a measurement.
   */
  async *over(frames: AsyncIterable<Frame>): AsyncGenerator<Frame, void, undefined> {
    for await (const frame of frames) {
      this.#look(frame);
      yield frame;
    }
  }

  /** The frames have ended by themselves. */
  ended(plannedMs: number): void {
    const measuredMs = (this.#newestMs ?? 0) - this.#startMs;
    if (!this.#isCollecting || measuredMs > plannedMs - ENDED_EARLY_MS) return;
    const { post, source } = this.#parts;
    const text = `${source.info.label} ended after ${(measuredMs / 1000).toFixed(1)} s of ${(plannedMs / 1000).toFixed(1)} s`;
    post({ kind: "note", note: { id: "ENDED_EARLY", text } });
  }

  /** Tells how evenly the frames came; also at the end. */
  tellTiming(): void {
    const { post, source } = this.#parts;
    post({ kind: "timing", timing: { clock: source.clock, ...this.#timing.timing() } });
  }

  #look(frame: Frame): void {
    const nowMs = frame.timestampMs;
    if (!this.#isCollecting && this.#parts.isCollecting()) this.#begin(this.#newestMs ?? nowMs);
    const stepMs = nowMs - (this.#newestMs ?? nowMs);
    this.#newestMs = nowMs;
    const isReturnGap = this.#hasReturned() && stepMs >= RETURN_GAP_MS_MIN;
    const gapMs = this.#timing.add(nowMs) ?? (isReturnGap ? stepMs : undefined);
    const dropped = this.#parts.droppedCount() - this.#droppedCount;
    this.#droppedCount += dropped;
    if (dropped > 0) this.#noteDrop(dropped, nowMs);
    else if (gapMs !== undefined) this.#noteGap(gapMs, nowMs);
    this.#watchRate(nowMs, gapMs !== undefined);
    const { label } = this.#parts.source.info;
    const { isFrozen, isHunting } = this.#picture.look(frame);
    if (isFrozen) {
      const text = `${label} sends the same picture again and again: restart it, or check its connection`;
      this.#note("PICTURE_FROZEN", text, nowMs);
    }
    if (isHunting) this.#note("EXPOSURE_HUNTING", this.#huntingText(), nowMs);
    if (nowMs - this.#toldAtMs < TIMING_INTERVAL_MS) return;
    this.#toldAtMs = nowMs;
    this.tellTiming();
  }

  /** True once for each time. */
  #hasReturned(): boolean {
    const count = this.#parts.returnCount();
    const hasReturned = count > this.#returnCount;
    this.#returnCount = count;
    return hasReturned;
  }

  /** Only what belongs to the measurement counts. */
  #begin(firstMs: number): void {
    this.#isCollecting = true;
    this.#startMs = firstMs;
    this.#timing = new TimingMeter();
    this.#timing.add(firstMs);
    this.#saidAtMs.clear();
  }

  #noteGap(gapMs: number, nowMs: number): void {
    if (!this.#isCollecting) return;
    const { mark, post, source } = this.#parts;
    const seconds = (gapMs / 1000).toFixed(1);
    const at = `at ${((nowMs - gapMs - this.#startMs) / 1000).toFixed(1)} s`;
    if (gapMs > GAP_MS_MAX) {
      const message = `${source.info.label} gave no picture for ${seconds} s ${at} of the measurement: check its connection and start again`;
      throw new AppError("SOURCE_LOST", message);
    }
    mark(`gap of ${Math.round(gapMs)} ms`);
    post({ kind: "note", note: { id: "GAP", text: `${seconds} s without a picture ${at}` } });
  }

  /** That is no fault of the source: what is missing is missing, and the analysis knows by the times. */
  #noteDrop(count: number, nowMs: number): void {
    if (!this.#isCollecting) return;
    this.#parts.mark(`${count} frames dropped`);
    const text = "frames were dropped because this machine is too busy: end other programs, or ask for fewer pixels";
    this.#note("FRAMES_DROPPED", text, nowMs);
  }

  #watchRate(nowMs: number, isGap: boolean): void {
    if (Number.isNaN(this.#windowStartMs) || isGap) {
      this.#windowStartMs = nowMs;
      this.#windowFrames = 0;
      return;
    }
    this.#windowFrames += 1;
    const elapsedMs = nowMs - this.#windowStartMs;
    if (elapsedMs < RATE_WINDOW_MS) return;
    const rateHz = (this.#windowFrames * 1000) / elapsedMs;
    this.#windowStartMs = nowMs;
    this.#windowFrames = 0;
    const text = lowRateText(this.#parts.source.info, rateHz);
    if (text !== undefined) this.#note("FRAME_RATE_LOW", text, nowMs);
  }

  #huntingText(): string {
    const { info, exposureHint } = this.#parts.source;
    const how = exposureHint === undefined ? "" : ` (${exposureHint})`;
    return `${info.label} makes its picture brighter and darker by turns: keep the light steady, or lock its exposure and white balance${how}`;
  }

  /** Before the measurement it is only said, so that it can be put right. */
  #note(id: CaptureNoteId, text: string, nowMs: number): void {
    if (nowMs - (this.#saidAtMs.get(id) ?? Number.NEGATIVE_INFINITY) < SILENCE_MS) return;
    this.#saidAtMs.set(id, nowMs);
    this.#parts.post(this.#isCollecting ? { kind: "note", note: { id, text } } : { kind: "notice", text });
  }
}

function lowRateText({ kind, label, rateHz: promisedHz }: SourceInfo, rateHz: number): string | undefined {
  const isShort = kind === "camera" && rateHz < RATE_SHARE_MIN * promisedHz;
  if (!isShort && rateHz >= RATE_HZ_MIN) return undefined;
  const wanted = isShort ? `instead of ${promisedHz.toFixed(0)}` : `where ${RATE_HZ_MIN} are needed`;
  return `${label} gives ${rateHz.toFixed(1)} frames per second ${wanted}: use more light or another camera`;
}
