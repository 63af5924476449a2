import type { TerminalOutput } from "./terminal-port.js";

/** Size of a cell in pixels, as the terminal says; most are twice as high as wide. */
export interface CellSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** Columns and rows of the screen, where they are known. */
export type ScreenSize = Pick<TerminalOutput, "columns" | "rows">;

/** One of the ways in which terminals tell how large their cells are. */
export interface CellQuestion {
  readonly text: string;
  /** What a reply of the terminal says; undefined when it answers something else. */
  answer(reply: string, size: ScreenSize): CellSize | undefined;
}

const CELL = /\[6;(\d+);(\d+)t$/;
const ALL_CELLS = /\[4;(\d+);(\d+)t$/;
const ROOM = /\[\?2;0;(\d+);(\d+)S$/;

/**
 * The best first. xterm tells no cell as it is installed, but the room. A limit may make that smaller than the window:
 * then the picture is smaller too, and covers nothing else.
 */
export const CELL_QUESTIONS: readonly CellQuestion[] = [
  {
    text: "\u001B[16t",
    answer: (reply) => {
      const [, height, width] = numbers(CELL, reply);
      return cellOf(width, height);
    },
  },
  {
    text: "\u001B[14t",
    answer: (reply, { columns, rows }) => {
      const [, height, width] = numbers(ALL_CELLS, reply);
      return cellOf(perCell(width, columns), perCell(height, rows));
    },
  },
  {
    text: "\u001B[?2;1;0S",
    answer: (reply, { columns, rows }) => {
      const [, width, height] = numbers(ROOM, reply);
      return cellOf(perCell(width, columns), perCell(height, rows));
    },
  },
];

function numbers(pattern: RegExp, reply: string): number[] {
  return (pattern.exec(reply) ?? []).map(Number);
}

function perCell(px: number | undefined, cells: number | undefined): number {
  return px !== undefined && cells !== undefined && cells > 0 ? Math.floor(px / cells) : 0;
}

function cellOf(widthPx = 0, heightPx = 0): CellSize | undefined {
  return widthPx > 0 && heightPx > 0 ? { widthPx, heightPx } : undefined;
}
