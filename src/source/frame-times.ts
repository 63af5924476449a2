import type { Readable } from "node:stream";
import { PacketList } from "./packet-list.js";

/**
 * How many times may wait. ffmpeg runs a few frames ahead of us, so this is not reached; above it we stop
 * reading, and the writer waits as it does for the frames.
 */
const WAITING_MAX = 1_024;

/** The times of the frames, from the second output of the decoder: read as they come, handed out in order. */
export class FrameTimes {
  readonly #stream: Readable;
  #waiting: number[] = [];
  #ended = false;
  #isDiscarded = false;
  #wake: (() => void) | undefined;

  constructor(stream: Readable) {
    this.#stream = stream;
    const list = new PacketList(({ timeS }) => this.#waiting.push(timeS));
    stream.setEncoding("utf8").on("data", (text: string) => {
      if (this.#isDiscarded) return;
      list.add(text);
      if (this.#waiting.length > WAITING_MAX) stream.pause();
      this.#wakeUp();
    });
    stream.on("end", () => this.#end());
    stream.on("error", () => this.#end());
    stream.on("close", () => this.#end());
  }

  /** Time of the next frame in seconds on the decoder's clock; undefined after the last. */
  async next(): Promise<number | undefined> {
    while (this.#waiting.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const timeS = this.#waiting.shift();
    if (this.#waiting.length === 0 && this.#stream.isPaused()) this.#stream.resume();
    return timeS;
  }

  /** Nobody will ask for these times: they are read and forgotten, so that the writer need not wait. */
  discard(): void {
    this.#isDiscarded = true;
    this.#waiting = [];
    this.#stream.resume();
  }

  close(): void {
    this.#stream.destroy();
    this.#end();
  }

  #end(): void {
    this.#ended = true;
    this.#wakeUp();
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
