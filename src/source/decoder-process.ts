import { type ChildProcess, spawn } from "node:child_process";
import { closeSync } from "node:fs";
import { Readable } from "node:stream";
import { BoundedText, type ChildEnd, childEnvironment, endOf, OWN_SESSION } from "./child-process.js";
import {
  DirectFramePipe,
  type FramePipe,
  makePipe,
  type PipeEnds,
  StreamFramePipe,
  type WidenPipe,
} from "./frame-pipe.js";
import { FrameTimes } from "./frame-times.js";

export interface DecoderStart {
  readonly path: string;
  readonly args: readonly string[];
  /** The child reads our standard input. */
  readonly fromStdin: boolean;
  /** "stream" reads the child's standard output in the ordinary way, as where there is no mkfifo. */
  readonly transport: "pipe" | "stream";
  /** The child lists times of arrival, too. */
  readonly hasArrivals?: boolean | undefined;
  readonly widenPipe: WidenPipe | undefined;
}

/** A running ffmpeg with its two outputs. Who starts it stops it. */
export class DecoderProcess {
  readonly frames: FramePipe;
  readonly times: FrameTimes;
  /** Times of arrival, where they were asked for; read them, or the child will wait. */
  readonly arrivals: FrameTimes | undefined;
  /** Settles when the child is gone and its last words have been read; never rejects. */
  readonly end: Promise<ChildEnd>;
  readonly #child: ChildProcess;
  readonly #stderr = new BoundedText();
  #onWords: (() => void) | undefined;

  static async start(start: DecoderStart): Promise<DecoderProcess> {
    const pipe = start.transport === "pipe" ? await makePipe(start.widenPipe) : undefined;
    try {
      const child = spawn(start.path, start.args, {
        ...OWN_SESSION,
        stdio: [
          start.fromStdin ? "inherit" : "ignore",
          pipe?.writeFd ?? "pipe",
          "pipe",
          "pipe",
          start.hasArrivals === true ? "pipe" : "ignore",
        ],
        env: childEnvironment(process.env),
      });
      return new DecoderProcess(child, pipe);
    } catch (error) {
      if (pipe !== undefined) closeSync(pipe.readFd);
      throw error;
    } finally {
      // Only the child may hold the write end, or its death would not end our reading.
      if (pipe !== undefined) closeSync(pipe.writeFd);
    }
  }

  private constructor(child: ChildProcess, pipe: PipeEnds | undefined) {
    this.#child = child;
    this.end = wholeEndOf(child);
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr.add(text);
      this.#onWords?.();
    });
    // A child that could not be started has no streams.
    const times = child.stdio[3];
    this.times = new FrameTimes(times instanceof Readable ? times : Readable.from([]));
    const arrivals = child.stdio[4];
    this.arrivals = arrivals instanceof Readable ? new FrameTimes(arrivals) : undefined;
    if (pipe === undefined) this.frames = new StreamFramePipe(child.stdout ?? Readable.from([]));
    else this.frames = new DirectFramePipe(pipe.readFd, pipe.bytes);
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** What it has said on standard error: the beginning and the end of it. */
  get words(): string {
    return this.#stderr.text;
  }

  /** Resolves with the first answer that `find` gives for its words; undefined when it ended or was stopped before. */
  async waitForWords<T>(find: (words: string) => T | undefined): Promise<T | undefined> {
    for (;;) {
      const found = find(this.words);
      if (found !== undefined) return found;
      const more = new Promise<undefined>((resolve) => {
        this.#onWords = () => resolve(undefined);
      });
      const end = await Promise.race([this.end, more]);
      if (end !== undefined) return find(this.words);
    }
  }

  /** Kills it and ends every pending read. `end` settles within milliseconds. */
  stop(): void {
    this.#child.kill("SIGKILL");
    this.frames.close();
    this.times.close();
    this.arrivals?.close();
    this.#child.stderr?.destroy();
  }
}

/** "close" follows the exit as soon as all that the child wrote has been read. */
async function wholeEndOf(child: ChildProcess): Promise<ChildEnd> {
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const end = await endOf(child);
  if (end.startError === undefined) await closed;
  return end;
}
