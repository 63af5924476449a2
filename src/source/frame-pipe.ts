import { execFile } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { type ConnectOpts, Socket, type SocketConstructorOpts } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { childEnvironment } from "./child-process.js";

/** Fills a buffer again and again with the bytes that come through a pipe. */
export interface FramePipe {
  /**
   * Fills the buffer, the same in every call, and resolves with the number of bytes that came: fewer than its
   * length only at the end. Nothing is read while no call is pending, so the writer waits.
   */
  fill(buffer: Uint8Array): Promise<number>;
  /** Ends the pending call, if any, with what has come. May be called twice. */
  close(): void;
}

/** Both ends of a nameless pipe. The write end is for the child; close ours after the child has it. */
export interface PipeEnds {
  readonly readFd: number;
  readonly writeFd: number;
  /** How much it holds; undefined: as the system made it. */
  readonly bytes: number | undefined;
}

/** Asks the system for a larger pipe; what it gives is returned, and may be less. */
export type WidenPipe = (fd: number, bytes: number) => number;

/**
 * The most that Linux lets anybody have. With the usual 64 KiB, ffmpeg and we wake each other forty times for a frame
 * of 720p; with this it writes most of the next one while we work on the last.
 */
const PIPE_BYTES = 1 << 20;

/**
 * Makes a pipe, which Node cannot: a FIFO in a private folder, opened at both ends and unlinked. A pipe that
 * we open ourselves can be read straight into the frame's buffer; the stream of a child cannot, and its
 * copies cost a tenth of the decoding. Undefined where there is no `mkfifo`.
 */
export async function makePipe(widen?: WidenPipe): Promise<PipeEnds | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "dfxterm-pipe-"));
  try {
    const path = join(folder, "frames");
    await promisify(execFile)("mkfifo", ["-m", "600", path], { env: childEnvironment(process.env) });
    // In this order neither call waits: the reader does not need a writer, the writer has its reader.
    const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const writeFd = openSync(path, constants.O_WRONLY);
      return { readFd, writeFd, bytes: widen?.(readFd, PIPE_BYTES) };
    } catch {
      closeSync(readFd);
      return undefined;
    }
  } catch {
    return undefined;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The buffer that is being filled, how far it is, and who waits for it. */
class Filling {
  buffer: Uint8Array = new Uint8Array(0);
  filled = 0;
  #ended = false;
  #finish: ((filled: number) => void) | undefined;

  get isWanted(): boolean {
    return this.#finish !== undefined;
  }

  get isEnded(): boolean {
    return this.#ended;
  }

  /** Begins anew; `read` starts the reading. */
  begin(buffer: Uint8Array, read: () => void): Promise<number> {
    this.buffer = buffer;
    this.filled = 0;
    if (this.#ended) return Promise.resolve(0);
    return new Promise((resolve) => {
      this.#finish = resolve;
      read();
    });
  }

  /** Bytes have been written behind the others. True when more are wanted. */
  took(count: number): boolean {
    this.filled += count;
    if (this.filled < this.buffer.length) return true;
    this.#settle();
    return false;
  }

  readonly end = (): void => {
    this.#ended = true;
    this.#settle();
  };

  #settle(): void {
    const finish = this.#finish;
    this.#finish = undefined;
    finish?.(this.filled);
  }
}

/** A writer needs about this long to fill a wide pipe. */
const REST_MS = 1;

/** Reads a pipe of our own. The system writes into the frame's buffer, nothing is copied. */
export class DirectFramePipe implements FramePipe {
  readonly #readFd: number;
  readonly #restBelow: number;
  readonly #filling = new Filling();
  #socket: Socket | undefined;
  #rest: NodeJS.Timeout | undefined;

  /**
   * @param bytes what the pipe holds. A wide one is not read each time that ffmpeg has written another 32 KiB: as long as
   *   there is little in it, reading rests for a moment. That spares nine of ten wake-ups, a twentieth of all work.
   */
  constructor(readFd: number, bytes = 0) {
    this.#readFd = readFd;
    this.#restBelow = bytes >= PIPE_BYTES ? bytes / 2 : 0;
  }

  fill(buffer: Uint8Array): Promise<number> {
    return this.#filling.begin(buffer, () => {
      // A new socket reads at once, so it is made when the first frame is wanted.
      this.#socket ??= this.#open();
      this.#socket.resume();
    });
  }

  close(): void {
    clearTimeout(this.#rest);
    if (this.#socket !== undefined) this.#socket.destroy();
    else if (!this.#filling.isEnded) closeSync(this.#readFd);
    this.#filling.end();
  }

  #open(): Socket {
    // `onread` is documented for the constructor too; the types know it only for connections.
    const options: SocketConstructorOpts & ConnectOpts = {
      fd: this.#readFd,
      readable: true,
      writable: false,
      // False stops the reading until `resume`.
      onread: { buffer: () => this.#place(), callback: (count) => this.#took(count) },
    };
    const socket = new Socket(options);
    for (const event of ["error", "end", "close"]) socket.on(event, this.#filling.end);
    return socket;
  }

  /** True to read on at once. */
  #took(count: number): boolean {
    if (!this.#filling.took(count)) return false;
    if (count >= this.#restBelow) return true;
    if (this.#rest) this.#rest.refresh();
    else this.#rest = setTimeout(() => this.#socket?.resume(), REST_MS);
    return false;
  }

  /** Where the next bytes go. Asked for right after `took`, so a full buffer means: the next frame's start. */
  #place(): Uint8Array {
    const { buffer, filled } = this.#filling;
    return buffer.subarray(filled % buffer.length);
  }
}

/** Reads a child's own output stream, where no pipe could be made. */
export class StreamFramePipe implements FramePipe {
  readonly #stream: Readable;
  readonly #filling = new Filling();

  constructor(stream: Readable) {
    this.#stream = stream;
    stream.on("readable", () => this.#take());
    for (const event of ["error", "end", "close"]) stream.on(event, this.#filling.end);
  }

  fill(buffer: Uint8Array): Promise<number> {
    return this.#filling.begin(buffer, () => this.#take());
  }

  close(): void {
    this.#stream.destroy();
    this.#filling.end();
  }

  #take(): void {
    while (this.#filling.isWanted) {
      const { buffer, filled } = this.#filling;
      const wanted = Math.min(buffer.length - filled, this.#stream.readableLength);
      const chunk: unknown = this.#stream.read(wanted);
      if (!(chunk instanceof Uint8Array)) return;
      buffer.set(chunk, filled);
      this.#filling.took(chunk.length);
    }
  }
}
