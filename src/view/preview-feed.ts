import type { PreviewPicture } from "../domain/preview.js";
import type { PictureMode } from "./capability.js";
import type { CellQuestion, CellSize } from "./cell-size.js";
import type { FrameSink } from "./frame-sink.js";
import { PixelPainter } from "./pixel-painter.js";
import { type PaceLimits, PreviewPacer, STATUS_QUERY } from "./preview-pacer.js";
import { PreviewPainter } from "./preview-painter.js";

/** What the preview costs, for its panel. */
export interface PreviewRate {
  readonly rateHz: number;
  readonly bytesPerS: number;
  /** From a picture to the terminal's word that it was shown; undefined when the terminal does not answer. */
  readonly echoMs: number | undefined;
  /** So slow that a drawing of the face's place must do. */
  readonly isCrawling: boolean;
}

export interface FeedOptions {
  readonly picture: PictureMode;
  readonly cell: CellSize;
  /** Asked with every picture; undefined: the terminal fits pictures into the cells itself. */
  readonly cellQuestion: CellQuestion | undefined;
  /** Colours that the terminal holds for sixels; undefined: it does not say. */
  readonly registers: number | undefined;
  readonly limits: PaceLimits;
  /** How long the terminal takes to answer when nothing else is under way. */
  readonly distanceMs: number;
  readonly nowMs: () => number;
  /** Called about once a second while pictures come. */
  onRate(rate: PreviewRate): void;
}

const RATE_WINDOW_MS = 1_000;

/** Brings pictures to the terminal, as many and as well as it can take; the others are dropped. */
export class PreviewFeed {
  readonly #sink: FrameSink;
  readonly #options: FeedOptions;
  readonly #cells: PreviewPainter | undefined;
  readonly #pixels: PixelPainter | undefined;
  readonly #pacer: PreviewPacer;
  readonly #query: string;
  #isEncoding = false;
  #windowStartMs: number;
  #pictures = 0;
  #bytes = 0;

  constructor(sink: FrameSink, options: FeedOptions) {
    const { picture, cell, cellQuestion, registers, limits, distanceMs, nowMs } = options;
    this.#sink = sink;
    this.#options = options;
    this.#pacer = new PreviewPacer(limits, distanceMs);
    this.#windowStartMs = nowMs();
    // Answers come in the order of the questions: the last one ends the wait for all.
    this.#query = (cellQuestion?.text ?? "") + STATUS_QUERY;
    switch (picture.draw) {
      case "off":
        return;
      case "ascii":
        this.#cells = new PreviewPainter({ draw: "ascii" });
        return;
      case "half":
      case "sextant":
        this.#cells = new PreviewPainter({ draw: picture.draw, colors: picture.colors });
        return;
      case "iterm":
      case "kitty":
      case "sixel":
        this.#pixels = new PixelPainter(picture.draw, cell, registers);
    }
  }

  /** Status queries without an answer. */
  get unanswered(): number {
    return this.#pacer.unanswered;
  }

  /** How long the newest answer took; undefined when none came. */
  get echoMs(): number | undefined {
    return this.#pacer.echoMs;
  }

  show(picture: PreviewPicture): void {
    const nowMs = this.#options.nowMs();
    const { hole } = this.#sink;
    if (hole && !this.#isEncoding && this.#pacer.mayPaint(nowMs)) {
      this.#pictures += 1;
      if (this.#cells) this.#send(this.#cells.paint(picture, hole, this.#pacer.budgetBytes));
      else if (this.#pixels) this.#encode(this.#pixels.paint(picture, hole));
    }
    this.#report(nowMs);
  }

  /** The terminal answered a query. */
  replied(): void {
    this.#pacer.replied(this.#options.nowMs());
  }

  setCell(cell: CellSize): void {
    this.#pixels?.setCell(cell);
  }

  /** Answers that are still missing will not come: the terminal was somebody else's in the meantime. */
  forgetReplies(): void {
    this.#pacer.forget();
  }

  /** The cells of the hole are blank, or the hole is gone. */
  invalidate(): void {
    this.#cells?.invalidate();
    const text = this.#pixels?.invalidate() ?? "";
    if (text !== "") this.#sink.paint(text);
  }

  /** The picture takes a while to make; what it was made for may be gone then. */
  #encode(text: Promise<string>): void {
    this.#isEncoding = true;
    const { hole } = this.#sink;
    const sendIt = async (): Promise<void> => {
      try {
        const bytes = await text;
        const now = this.#sink.hole;
        if (now && now.x === hole?.x && now.y === hole.y && now.rows === hole.rows) this.#send(bytes);
      } finally {
        this.#isEncoding = false;
      }
    };
    // A picture that cannot be made is a picture that is not shown.
    sendIt().catch(() => undefined);
  }

  #send(text: string): void {
    if (text === "") return;
    const bytes = Buffer.byteLength(text);
    this.#sink.paint(text + this.#query);
    this.#pacer.sent(this.#options.nowMs(), bytes);
    this.#bytes += bytes;
  }

  #report(nowMs: number): void {
    const elapsedMs = nowMs - this.#windowStartMs;
    if (elapsedMs < RATE_WINDOW_MS) return;
    const perSecond = 1000 / elapsedMs;
    const { echoMs, isCrawling } = this.#pacer;
    const rateHz = this.#pictures * perSecond;
    this.#options.onRate({ rateHz, bytesPerS: this.#bytes * perSecond, echoMs, isCrawling });
    this.#windowStartMs = nowMs;
    this.#pictures = 0;
    this.#bytes = 0;
  }
}
