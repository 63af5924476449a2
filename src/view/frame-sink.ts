import { EventEmitter } from "node:events";
import { stripVTControlCharacters } from "node:util";
import { columnsOf } from "./columns.js";
import { type Line, lineUpdate } from "./line-diff.js";
import type { TerminalOutput } from "./terminal-port.js";

/** A frame marks the first and the last cell that belong to the preview with this private character (one column wide). */
export const HOLE = "\uE000";

/** Stands in a frame of Ink for the line that was placed in its row. */
const PLACED = "\uE001";

/** Where the preview may paint: cells from the upper left corner of the screen, 0-based. */
export interface HoleRect {
  readonly x: number;
  readonly y: number;
  readonly columns: number;
  readonly rows: number;
}

/** More than this unsent means that the terminal is slow: frames wait, and only the newest is kept. */
const BACKLOG_BYTES = 32_768;

/**
 * What Ink takes for its stdout, and the only writer to the terminal while the screen is up.
 *
 * Ink is run in its debug mode, where every write is one whole frame without cursor movement. The sink
 * compares it line by line with what is painted and sends the difference; cells of the hole are left alone.
 * A frame is a whole state, so one that the terminal is too slow for is replaced by the next.
 */
export class FrameSink extends EventEmitter {
  readonly isTTY = true;
  readonly #output: TerminalOutput;
  readonly #unicode: boolean;
  readonly #onHoleBlank: () => void;
  readonly #placed: string[] = [];
  #painted: readonly string[] = [];
  #pending: readonly string[] | undefined;
  #waiting = false;
  #paused = false;
  #closed = false;

  /**
   * @param unicode false: only ASCII reaches the terminal
   * @param onHoleBlank called when the cells of the hole were erased and must be painted afresh, or given to something else
   */
  constructor(output: TerminalOutput, unicode: boolean, onHoleBlank: () => void) {
    super();
    this.#output = output;
    this.#unicode = unicode;
    this.#onHoleBlank = onHoleBlank;
  }

  /** Ink lays out marks, one a row. */
  get columns(): number {
    return 1;
  }

  get rows(): number {
    return this.#output.rows || 24;
  }

  /** Keeps the line of a row until Ink writes the frame with the mark that stands for it. */
  readonly place = (row: number, line: string): string => {
    this.#placed[row] = line;
    return PLACED;
  };

  /** One whole frame from Ink. */
  write(frame: string): boolean {
    // Ink still switches the cursor on and off; the cursor is not its business here.
    const text = frame.replace(/\p{Cc}\[\?\d+[hl]/gu, "");
    if (text === "" || this.#closed) return true;
    const lines = text.split("\n").map((line, row) => (line === PLACED ? (this.#placed[row] ?? "") : line));
    // Ink leaves out empty rows at the end; they may have to be cleared.
    const shown = Array.from({ length: this.rows }, (_, row) => lines[row] ?? "");
    this.#pending = this.#unicode ? shown : shown.map(asciiOnly);
    this.#flush();
    return true;
  }

  /** The hole as it stands on the terminal now; undefined while something covers it or the terminal is slow. */
  get hole(): HoleRect | undefined {
    return this.#closed || this.#paused || this.#isSlow() ? undefined : holeIn(this.#painted);
  }

  /** Bytes for the inside of the hole; ask `hole` first. */
  paint(text: string): void {
    if (text !== "" && !this.#closed && !this.#paused) this.#output.write(synchronized(text));
  }

  /** Forget what is painted: after a change of size, or when something else wrote to the terminal. */
  invalidate(): void {
    this.#painted = [];
    this.#onHoleBlank();
  }

  /** Somebody else has the terminal: nothing is written, the newest frame waits. */
  pause(): void {
    this.#paused = true;
  }

  /** The terminal is ours again, with nothing of ours on it. */
  resume(): void {
    this.#paused = false;
    this.invalidate();
    this.#flush();
  }

  close(): void {
    this.#closed = true;
    this.#pending = undefined;
    this.#output.off("drain", this.#drained);
  }

  #isSlow(): boolean {
    return this.#output.writableLength > BACKLOG_BYTES;
  }

  #flush(): void {
    if (!this.#pending || this.#paused) return;
    if (this.#isSlow()) {
      if (!this.#waiting) this.#output.once("drain", this.#drained);
      this.#waiting = true;
      return;
    }
    const next = this.#pending;
    this.#pending = undefined;
    const { text, holeBlanked } = frameUpdate(this.#painted, next);
    const isHoleGone = holeIn(this.#painted) !== undefined && holeIn(next) === undefined;
    this.#painted = next;
    if (text !== "") this.#output.write(synchronized(text));
    if (holeBlanked || isHoleGone) this.#onHoleBlank();
  }

  readonly #drained = (): void => {
    this.#waiting = false;
    this.#flush();
  };
}

/** For terminals that would show other characters as several wrong ones, in as many columns: names of files, what lines are cut with. */
function asciiOnly(text: string): string {
  return text
    .replaceAll("\u2026", "~")
    .replace(/[^\p{ASCII}\uE000]/gu, (character) => "?".repeat(columnsOf(character)));
}

/** Bytes that turn the painted lines into the next ones; `holeBlanked` when cells of the hole were erased. */
export function frameUpdate(
  painted: readonly string[],
  next: readonly string[],
): { readonly text: string; readonly holeBlanked: boolean } {
  const [holeBefore, hole] = [holeIn(painted), holeIn(next)];
  const isMoved = !isSameRect(holeBefore, hole);
  let text = "";
  const rows = Math.max(painted.length, next.length);
  for (let row = 0; row < rows; row += 1) {
    const painting = painted[row];
    // Where a hole was or will be, and it is not the same one, nothing that stands there is of use.
    const isLost = painting === undefined || (isMoved && (isIn(row, holeBefore) || isIn(row, hole)));
    text += lineUpdate(isLost ? undefined : lineOf(painting, row, hole), lineOf(next[row] ?? "", row, hole), row);
  }
  return { text, holeBlanked: hole !== undefined && (isMoved || painted.length === 0) };
}

function isSameRect(a: HoleRect | undefined, b: HoleRect | undefined): boolean {
  return a?.x === b?.x && a?.y === b?.y && a?.columns === b?.columns && a?.rows === b?.rows;
}

function isIn(row: number, hole: HoleRect | undefined): boolean {
  return hole !== undefined && row >= hole.y && row < hole.y + hole.rows;
}

function lineOf(text: string, row: number, hole: HoleRect | undefined): Line {
  if (!hole || !isIn(row, hole)) return { text };
  return { text, hole: { column: hole.x, columns: hole.columns } };
}

/** From the first mark to the last one: its upper left and its lower right corner. */
function holeIn(lines: readonly string[]): HoleRect | undefined {
  const y = lines.findIndex((line) => line.includes(HOLE));
  const first = lines[y];
  if (first === undefined) return undefined;
  const end = lines.findLastIndex((line) => line.includes(HOLE));
  const last = lines[end] ?? first;
  const x = columnOf(first, first.indexOf(HOLE));
  return { x, y, columns: columnOf(last, last.lastIndexOf(HOLE)) - x + 1, rows: end - y + 1 };
}

/** Left of the hole and in it stand only borders and blanks: one column per character. */
function columnOf(line: string, index: number): number {
  return stripVTControlCharacters(line.slice(0, index)).length;
}

/** Terminals that know synchronized output (mode 2026) show it at once; others ignore the marks. */
function synchronized(text: string): string {
  return `\u001B[?2026h${text}\u001B[m\u001B[?2026l`;
}
