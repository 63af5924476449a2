import type { PreviewPicture } from "../domain/preview.js";
import type { PictureMode } from "./capability.js";
import type { FrameSink } from "./frame-sink.js";
import { PreviewPacer, STATUS_QUERY } from "./preview-pacer.js";
import { PreviewPainter } from "./preview-painter.js";
import type { PreviewRate } from "./view-model.js";

const RATE_WINDOW_MS = 1_000;

/** Brings pictures to the terminal, as many and as well as it can take; the others are dropped. */
export class PreviewFeed {
  readonly #sink: FrameSink;
  readonly #painter: PreviewPainter;
  readonly #pacer = new PreviewPacer();
  readonly #nowMs: () => number;
  readonly #onRate: (rate: PreviewRate) => void;
  #windowStartMs: number;
  #pictures = 0;
  #bytes = 0;

  /** @param onRate called about once a second while pictures come */
  constructor(sink: FrameSink, mode: PictureMode, nowMs: () => number, onRate: (rate: PreviewRate) => void) {
    this.#sink = sink;
    this.#painter = new PreviewPainter(mode);
    this.#nowMs = nowMs;
    this.#onRate = onRate;
    this.#windowStartMs = nowMs();
  }

  /** Status queries without an answer. */
  get unanswered(): number {
    return this.#pacer.unanswered;
  }

  show(picture: PreviewPicture): void {
    const nowMs = this.#nowMs();
    const { hole } = this.#sink;
    if (!hole || !this.#pacer.mayPaint(nowMs)) return;
    const text = this.#painter.paint(picture, hole, this.#pacer.budgetBytes);
    this.#pictures += 1;
    if (text !== "") {
      this.#sink.paint(text + STATUS_QUERY);
      this.#pacer.sent(nowMs);
      this.#bytes += Buffer.byteLength(text);
    }
    this.#report(nowMs);
  }

  /** The terminal answered a query. */
  replied(): void {
    this.#pacer.replied(this.#nowMs());
  }

  /** The cells of the hole are blank. */
  invalidate(): void {
    this.#painter.invalidate();
  }

  #report(nowMs: number): void {
    const elapsedMs = nowMs - this.#windowStartMs;
    if (elapsedMs < RATE_WINDOW_MS) return;
    const perSecond = 1000 / elapsedMs;
    this.#onRate({ rateHz: this.#pictures * perSecond, bytesPerS: this.#bytes * perSecond });
    this.#windowStartMs = nowMs;
    this.#pictures = 0;
    this.#bytes = 0;
  }
}
