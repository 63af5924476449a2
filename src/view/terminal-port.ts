import type { EventEmitter } from "node:events";

/** What the view needs of `process.stdout`. */
export interface TerminalOutput extends EventEmitter {
  readonly columns?: number;
  readonly rows?: number;
  /** The descriptor, for the one write that must not wait for the event loop. */
  readonly fd?: number;
  readonly writableLength: number;
  write(text: string, written?: (error?: Error | null) => void): boolean;
}

/** What the view needs of `process.stdin`. */
export interface TerminalInput extends EventEmitter {
  readonly fd?: number;
  setRawMode?(raw: boolean): unknown;
  resume(): unknown;
  pause(): unknown;
}
