import { AppError } from "../domain/errors.js";
import type { Frame, VideoFormat } from "../domain/video.js";
import { type DecodePlan, decodeArguments } from "./decode-arguments.js";
import { DecoderProcess } from "./decoder-process.js";
import type { FfmpegBinary } from "./ffmpeg-binary.js";
import type { WidenPipe } from "./frame-pipe.js";
import { parseHeader, parseOutput } from "./header.js";
import { hasNoClock } from "./input-arguments.js";
import { KeyFrameMarks } from "./key-frame-marks.js";
import { FromFirstFrame, type Timeline } from "./timeline.js";

export interface DecodeOptions extends DecodePlan {
  readonly ffmpeg: FfmpegBinary;
  /** Name of the source in messages. */
  readonly label: string;
  /** Known for files. Live sources tell it when they open. */
  readonly format?: VideoFormat | undefined;
  /** The last frame that a look into the file found: a decoder that ends long before it has failed. */
  readonly lastFrameS?: number | undefined;
  /** Times of the key frames from the first frame, ascending; undefined where they are not known. */
  readonly keyTimesS?: readonly number[] | undefined;
  /** A live source that does not open in this time is given up. */
  readonly openMs?: number | undefined;
  /** A source that gives no picture for this long is lost. */
  readonly stallMs?: number | (() => number) | undefined;
  /** ffmpeg reads our standard input. */
  readonly fromStdin?: boolean | undefined;
  /** Finds the cause of a failure before the first frame in ffmpeg's words. */
  readonly explain?: ((words: string) => AppError | undefined) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Where frames lie in time; undefined: from the first frame's time on, in the order of time. */
  readonly timeline?: Timeline | undefined;
  /** "stream" does without a pipe of our own; see DecoderProcess. */
  readonly transport?: "pipe" | "stream" | undefined;
  /** Makes the pipe larger, which Node cannot do by itself; without it the system's own size stays. */
  readonly widenPipe?: WidenPipe | undefined;
}

/**
 * Starts a decoder. Who opens it closes it.
 * @throws AppError CANCELLED, and for a live source what `explain` makes of its failure to open,
 *   SOURCE_UNREADABLE, SOURCE_LOST or FFMPEG_MISSING.
 */
export async function openVideo(options: DecodeOptions): Promise<VideoReader> {
  if (isAborted(options.signal)) throw cancelled();
  const decoder = await DecoderProcess.start({
    path: options.ffmpeg.path,
    args: decodeArguments(options.ffmpeg, options),
    fromStdin: options.fromStdin ?? false,
    transport: options.transport ?? "pipe",
    hasArrivals: options.arrivals,
    widenPipe: options.widenPipe,
  });
  const guard = new Guard(decoder, options);
  try {
    const format = options.format ?? (await announcedFormat(decoder, guard, options));
    return new VideoReader(decoder, guard, format, options);
  } catch (error) {
    await guard.close();
    throw error;
  }
}

/** A running decoder: the frames of one source, once. */
export class VideoReader implements AsyncIterable<Frame> {
  readonly format: VideoFormat;
  /** Mean rate that the source announces; undefined when it does not (yet). */
  readonly announcedRateHz: number | undefined;
  /** Names of the container format, "hls,applehttp"; undefined when ffmpeg did not print them (yet). */
  readonly container: string | undefined;
  /** As the container says; undefined for what has no end, or does not tell. */
  readonly lengthS: number | undefined;
  /** The source brings no times; those of its frames are when they came. */
  readonly isTimedByArrival: boolean;
  readonly #decoder: DecoderProcess;
  readonly #guard: Guard;
  readonly #options: DecodeOptions;
  readonly #iterator: AsyncGenerator<Frame, void, undefined>;
  #decoded = 0;
  #leftOut = 0;

  constructor(decoder: DecoderProcess, guard: Guard, format: VideoFormat, options: DecodeOptions) {
    this.#decoder = decoder;
    this.#guard = guard;
    this.#options = options;
    this.format = format;
    const header = parseHeader(decoder.words);
    this.container = header?.container;
    this.lengthS = header?.durationS;
    this.isTimedByArrival = decoder.arrivals !== undefined && hasNoClock(header?.container ?? "");
    // What is announced for such a source is ffmpeg's guess.
    this.announcedRateHz = this.isTimedByArrival ? undefined : header?.rateHz;
    if (this.isTimedByArrival) decoder.times.discard();
    else decoder.arrivals?.discard();
    this.#iterator = this.#run();
  }

  /** Process id of ffmpeg; undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#decoder.pid;
  }

  /** Frames that came out of the decoder. */
  get decodedCount(): number {
    return this.#decoded;
  }

  /** Frames left out because their time was missing or not after that of the frame before. */
  get leftOutCount(): number {
    return this.#leftOut;
  }

  /**
   * The frames in one buffer that the next overwrites. Ends after the last frame and after `close`.
   * @throws AppError CANCELLED, SOURCE_LOST, SOURCE_UNREADABLE, FFMPEG_MISSING
   */
  [Symbol.asyncIterator](): AsyncGenerator<Frame, void, undefined> {
    return this.#iterator;
  }

  /** Ends ffmpeg at once and waits until it is gone. May be called twice, and while a frame is awaited. */
  close(): Promise<void> {
    return this.#guard.close();
  }

  async *#run(): AsyncGenerator<Frame, void, undefined> {
    const { format } = this;
    const data = new Uint8Array(frameBytes(format));
    let timestampMs = 0;
    let number = 0;
    const { keyTimesS, stallMs, timeline = new FromFirstFrame() } = this.#options;
    const keyFrames = keyTimesS === undefined ? undefined : new KeyFrameMarks(keyTimesS);
    try {
      for (;;) {
        const limitMs = typeof stallMs === "function" ? stallMs() : stallMs;
        const timeS = await this.#guard.watch(this.#next(data), limitMs);
        if (timeS === undefined) break;
        this.#decoded += 1;
        const placedMs = timeline.place(Math.round(timeS * 1e6) / 1000);
        if (placedMs === undefined) {
          this.#leftOut += 1;
          continue;
        }
        timestampMs = placedMs;
        number += 1;
        yield { data, format, number, timestampMs, keyFrame: keyFrames?.isAt(timestampMs) };
      }
      await this.#refuseEarlyEnd(timestampMs);
    } finally {
      await this.close();
    }
  }

  /** Fills the buffer with the next frame; its time in seconds, or undefined after the last. */
  async #next(data: Uint8Array): Promise<number | undefined> {
    const filled = await this.#decoder.frames.fill(data);
    if (filled !== data.length) return undefined;
    const { times, arrivals } = this.#decoder;
    return (this.isTimedByArrival ? (arrivals ?? times) : times).next();
  }

  /** Why there are no more frames. Returns when that is as it should be. */
  async #refuseEarlyEnd(lastMs: number): Promise<void> {
    const { label, lastFrameS, signal } = this.#options;
    if (isAborted(signal)) throw cancelled();
    if (this.#guard.isClosed) return;
    const { exitCode, killedBy } = await this.#guard.endOrThrow();
    if (isAborted(signal)) throw cancelled();
    const position = `at ${(Math.max(0, lastMs) / 1000).toFixed(1)} s`;
    if (killedBy !== undefined || (exitCode !== 0 && this.#decoded > 0)) {
      const how = killedBy === undefined ? `with status ${exitCode}` : `by ${killedBy}`;
      throw new AppError("SOURCE_LOST", `${label} was lost ${position}: its decoder (ffmpeg) was ended ${how}.`);
    }
    if (this.#decoded === 0) throw notOpened(this.#decoder, this.#options);
    if (lastFrameS !== undefined && lastMs / 1000 < lastFrameS - EARLY_END_S) {
      const rest = `the rest up to ${lastFrameS.toFixed(1)} s is damaged`;
      throw new AppError(
        "SOURCE_UNREADABLE",
        `${label} can be decoded only up to ${(lastMs / 1000).toFixed(1)} s: ${rest}.`,
      );
    }
  }
}

/** Decoders may leave out some of the last frames of a healthy file, never half a second. */
const EARLY_END_S = 0.5;

/** Holds what may end a decoder from outside: the signal, a stall, `close`. */
class Guard {
  readonly #decoder: DecoderProcess;
  readonly #options: DecodeOptions;
  #isClosed = false;
  /** The time that was allowed, when it has run out. */
  #stalledMs: number | undefined;

  constructor(decoder: DecoderProcess, options: DecodeOptions) {
    this.#decoder = decoder;
    this.#options = options;
    options.signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (isAborted(options.signal)) this.#onAbort();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#decoder.stop();
    await this.#decoder.end;
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
  }

  /** The same promise; the decoder is stopped when it takes longer than its source may. */
  async watch<T>(pending: Promise<T>, limitMs: number | undefined): Promise<T> {
    if (limitMs === undefined) return pending;
    // After a pause of the whole program an overdue timer fires once, and nobody was late: hence two of them.
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
      if (ticks < 2) return;
      this.#stalledMs = limitMs;
      this.#decoder.stop();
    }, limitMs / 2);
    try {
      return await pending;
    } finally {
      clearInterval(timer);
    }
  }

  /** How ffmpeg ended by itself. @throws AppError when it was not by itself, or could not be started. */
  async endOrThrow(): Promise<{ exitCode: number | undefined; killedBy: string | undefined }> {
    const { label, ffmpeg, signal } = this.#options;
    const end = await this.#decoder.end;
    if (isAborted(signal)) throw cancelled();
    if (this.#stalledMs !== undefined) {
      const seconds = Math.round(this.#stalledMs / 1000);
      const advice =
        this.#options.lastFrameS === undefined
          ? "check that it is on and connected"
          : "copy it to a local disk, or choose another ffmpeg with --ffmpeg";
      const message = `${label} sent no picture for ${seconds} s: ${advice}.`;
      throw new AppError("SOURCE_LOST", message);
    }
    if (end.startError !== undefined) {
      const message = `${ffmpeg.path} could not be started: choose another ffmpeg with --ffmpeg.`;
      throw new AppError("FFMPEG_MISSING", message, { cause: end.startError });
    }
    return end;
  }

  readonly #onAbort = (): void => this.#decoder.stop();
}

/** What a live source says of itself when it opens. @throws AppError when it does not open */
async function announcedFormat(decoder: DecoderProcess, guard: Guard, options: DecodeOptions): Promise<VideoFormat> {
  const output = await guard.watch(decoder.waitForWords(parseOutput), options.openMs);
  if (output === undefined) {
    await guard.endOrThrow();
    throw notOpened(decoder, options);
  }
  const input = parseHeader(decoder.words);
  return { ...output, fullRange: output.fullRange || (input?.fullRange ?? false), bt709: input?.bt709 ?? false };
}

function notOpened(decoder: DecoderProcess, { label, explain, ffmpeg }: DecodeOptions): AppError {
  const message = `No picture of ${label} could be decoded by ffmpeg ${ffmpeg.version}: convert it, or use a newer ffmpeg.`;
  return explain?.(decoder.words) ?? new AppError("SOURCE_UNREADABLE", message);
}

/** Bytes of one 4:2:0 picture without padding. */
function frameBytes({ widthPx, heightPx }: VideoFormat): number {
  return widthPx * heightPx + 2 * Math.ceil(widthPx / 2) * Math.ceil(heightPx / 2);
}

/** Asked anew after every wait, so not remembered by the compiler. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted ?? false;
}

function cancelled(): AppError {
  return new AppError("CANCELLED", "The measurement was cancelled.");
}
