import { setTimeout as wait } from "node:timers/promises";
import { AppError, toAppError } from "../domain/errors.js";
import type { Frame } from "../domain/video.js";
import type { VideoReader } from "./decoder.js";
import type { LiveClock } from "./live-clock.js";

/** What a live source does when its pictures stop. */
export interface LivePlan {
  readonly label: string;
  /** Opens it once more, within this time. */
  readonly reopen: (openMs: number) => Promise<VideoReader>;
  /** False for what can be read only once. */
  readonly canReturn: boolean;
  /** It has an end of its own; otherwise every end is a loss. */
  readonly mayEnd: boolean;
  /** Milliseconds for which it is looked for, and from when on. Asked again and again: it is shorter while measuring. */
  readonly patienceMs: () => number;
  readonly countsFrom: "last-frame" | "loss";
  readonly tell: (sentence: string) => void;
  /** It is lost, or back. */
  readonly onAway: (isAway: boolean) => void;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}

/** Between two attempts to find a source again: at first at once, then more and more patiently. */
const RETRY_MS = [0, 100, 200, 400, 1000] as const;

/** Less time than this is not enough to open anything. */
const OPEN_MS_MIN = 500;

/** The frames of a live source on one time line, also when it is lost and found again on the way. */
export class LiveFrames implements AsyncIterable<Frame> {
  readonly #plan: LivePlan;
  readonly #clock: LiveClock;
  readonly #iterator: AsyncGenerator<Frame, void, undefined>;
  #reader: VideoReader;
  #leftOut = 0;
  #isClosed = false;

  constructor(first: VideoReader, clock: LiveClock, plan: LivePlan) {
    this.#plan = plan;
    this.#clock = clock;
    this.#reader = first;
    this.#iterator = this.#run();
  }

  get pid(): number | undefined {
    return this.#reader.pid;
  }

  get leftOutCount(): number {
    return this.#leftOut + this.#reader.leftOutCount;
  }

  /** @throws AppError CANCELLED, SOURCE_LOST, FFMPEG_MISSING, and what the source says when it ends before its first frame. */
  [Symbol.asyncIterator](): AsyncGenerator<Frame, void, undefined> {
    return this.#iterator;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#reader.close();
  }

  async *#run(): AsyncGenerator<Frame, void, undefined> {
    let number = 0;
    let lostAtMs: number | undefined;
    for (;;) {
      let cause: AppError | undefined;
      try {
        for await (const frame of this.#reader) {
          if (lostAtMs !== undefined) {
            const awayS = (this.#plan.nowMs() - lostAtMs) / 1000;
            this.#plan.tell(`${this.#plan.label} is back after ${awayS.toFixed(1)} s`);
            lostAtMs = undefined;
            this.#plan.onAway(false);
          }
          number += 1;
          yield { ...frame, number };
        }
      } catch (error) {
        cause = toAppError(error);
      }
      if (this.#isClosed) return;
      const isBroken = number === 0 && this.#reader.decodedCount === 0;
      if (cause !== undefined && (isBroken || !isLoss(cause))) throw cause;
      lostAtMs ??= this.#clock.newestAtMs ?? this.#plan.nowMs();
      if (!(await this.#findAgain(cause))) return;
    }
  }

  /** @returns false when this was the end. @throws AppError when it was not, and the source is gone. */
  async #findAgain(cause: AppError | undefined): Promise<boolean> {
    const { canReturn, mayEnd, countsFrom, label, nowMs, onAway, patienceMs, reopen, signal, tell } = this.#plan;
    if (mayEnd && cause === undefined) this.#refuseEarlyEnd();
    if (!canReturn) {
      if (cause !== undefined || !mayEnd) throw cause ?? lost(label, undefined);
      return false;
    }
    this.#leftOut += this.#reader.leftOutCount;
    const sinceMs = countsFrom === "loss" ? nowMs() : (this.#clock.newestAtMs ?? nowMs());
    tell(`${label} is lost: looking for it`);
    onAway(true);
    for (let attempt = 0; ; attempt += 1) {
      const leftMs = sinceMs + patienceMs() - nowMs();
      if (leftMs <= 0) break;
      try {
        this.#reader = await reopen(Math.max(leftMs, OPEN_MS_MIN));
        return true;
      } catch (error) {
        if (this.#isClosed) return false;
        if (!isLoss(toAppError(error))) throw error;
      }
      const pauseMs = RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)] ?? 0;
      await wait(Math.min(pauseMs, Math.max(0, leftMs)), undefined, { signal }).catch(() => undefined);
      if (this.#isClosed) return false;
      if (signal.aborted) throw new AppError("CANCELLED", "The measurement was cancelled.");
    }
    if (mayEnd && cause === undefined) return false;
    throw lost(label, patienceMs());
  }

  /** An address that stops in the middle ends like one that is through. */
  #refuseEarlyEnd(): void {
    const { lengthS } = this.#reader;
    const endS = (this.#clock.newestMs ?? 0) / 1000;
    if (lengthS === undefined || lengthS - endS <= Math.max(MISSING_S, MISSING_SHARE * lengthS)) return;
    const { label } = this.#plan;
    const message = `${label} ended at ${endS.toFixed(1)} s of ${lengthS.toFixed(1)} s: check its connection and start again.`;
    throw new AppError("SOURCE_LOST", message);
  }
}

/** Of what names its length, this much may be missing: the sound may be longer than the pictures. */
const MISSING_SHARE = 0.1;
const MISSING_S = 1;

/** Whether the source may be there again in a moment. */
function isLoss({ code }: AppError): boolean {
  return code === "SOURCE_LOST" || code === "SOURCE_MISSING" || code === "SOURCE_UNREADABLE";
}

function lost(label: string, patienceMs: number | undefined): AppError {
  const away = patienceMs === undefined ? "" : ` and did not come back within ${(patienceMs / 1000).toFixed(0)} s`;
  return new AppError("SOURCE_LOST", `${label} was lost${away}: check its connection and start again.`);
}
