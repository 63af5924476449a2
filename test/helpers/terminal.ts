import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { spawn } from "@lydell/node-pty";
import type { Terminal as HeadlessTerminal, IBufferCell } from "@xterm/headless";
import xterm from "@xterm/headless";

// Terminals without a window: one that lives in this process (`openScreen`), one of the operating system
// with a program in it (`openPty`), and pictures of what they show (`screenToSvg`).

/** A terminal of a given size, with the two streams that a program in it would have. */
export interface Screen {
  readonly terminal: HeadlessTerminal;
  readonly stdin: ScreenInput;
  readonly stdout: ScreenOutput;
  /** Waits until everything that was written is on the screen. */
  settled(): Promise<void>;
  resize(columns: number, rows: number): void;
  /** The visible rows, without trailing spaces. */
  rows(): string[];
}

/** Keyboard side: what is pressed arrives as `data`. */
export class ScreenInput extends PassThrough {
  isRaw = false;

  setRawMode(raw: boolean): this {
    this.isRaw = raw;
    return this;
  }

  press(keys: string): void {
    this.write(keys);
  }
}

/** Screen side: counts what is written; `stall` keeps it back like a slow link. */
export class ScreenOutput extends PassThrough {
  columns: number;
  rows: number;
  bytes = 0;
  text = "";

  constructor(columns: number, rows: number) {
    super({ highWaterMark: 16_384 });
    this.columns = columns;
    this.rows = rows;
  }

  override write(chunk: unknown, ...rest: unknown[]): boolean {
    const text = String(chunk);
    this.bytes += Buffer.byteLength(text);
    this.text += text;
    const written = rest.find((argument): argument is () => void => typeof argument === "function");
    return super.write(text, written);
  }
}

/** With `spare` the terminal is larger than it says, so that what goes beyond the edge can be seen. */
export function openScreen(columns: number, rows: number, spare = 0): Screen {
  const size = { cols: columns + spare, rows: rows + spare };
  const terminal = new xterm.Terminal({ ...size, allowProposedApi: true, scrollback: 1000 });
  const stdin = new ScreenInput();
  const stdout = new ScreenOutput(columns, rows);
  stdout.on("data", (bytes: Buffer) => terminal.write(new Uint8Array(bytes)));
  terminal.onData((reply) => stdin.write(reply));
  return {
    terminal,
    stdin,
    stdout,
    async settled() {
      // Once round the event loop for React and the stream, then the terminal's own queue.
      await new Promise((resolve) => setTimeout(resolve, 20));
      await new Promise<void>((resolve) => terminal.write("", resolve));
    },
    resize(nextColumns, nextRows) {
      terminal.resize(nextColumns + spare, nextRows + spare);
      stdout.columns = nextColumns;
      stdout.rows = nextRows;
      stdout.emit("resize");
    },
    rows: () => screenRows(terminal),
  };
}

/** A program in a real pseudo-terminal. */
export interface Pty {
  readonly terminal: HeadlessTerminal;
  /** Everything the program has written. */
  output(): string;
  press(keys: string): void;
  resize(columns: number, rows: number): void;
  /** Stops and resumes reading, like a link that stalls. */
  pause(): void;
  resume(): void;
  /** Waits for a text on the screen; fails with the screen when it does not come. */
  see(text: string): Promise<void>;
  rows(): string[];
  /** Bytes that are still on their way to the screen, on a link of limited width. */
  backlog(): number;
  /** Resolves with the exit status. */
  readonly exited: Promise<number>;
  kill(): void;
}

/** How often a link of limited width hands something on. */
const LINK_STEP_MS = 20;
/** Longer than anything takes on a busy machine. */
const SEEN_WITHIN_MS = 40_000;

/**
 * Runs a command with arguments in a pseudo-terminal that answers queries after `replyMs`, like a far one. With
 * `bytesPerS` everything goes through a link that is no wider, behind buffers as large as sshd's and TCP's: they take all.
 */
export function openPty(
  command: string,
  args: readonly string[],
  columns: number,
  rows: number,
  env: Readonly<Record<string, string | undefined>>,
  replyMs = 0,
  bytesPerS = Number.POSITIVE_INFINITY,
): Pty {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 1000 });
  const child = spawn(command, [...args], { cols: columns, rows, name: "xterm-256color", env: { ...env } });
  let output = "";
  let waiting = "";
  child.onData((text) => {
    output += text;
    if (Number.isFinite(bytesPerS)) waiting += text;
    else terminal.write(text);
  });
  const link = setInterval(() => {
    // Nearly all is ASCII or half blocks of three bytes each: characters are counted, bytes are meant.
    let [length, bytes] = [0, 0];
    while (length < waiting.length && bytes < (bytesPerS * LINK_STEP_MS) / 1000) {
      bytes += waiting.charCodeAt(length) < 128 ? 1 : 3;
      length += 1;
    }
    terminal.write(waiting.slice(0, length));
    waiting = waiting.slice(length);
  }, LINK_STEP_MS);
  if (!Number.isFinite(bytesPerS)) clearInterval(link);
  terminal.onData((reply) => setTimeout(() => child.write(reply), replyMs));
  return {
    terminal,
    output: () => output,
    backlog: () => Buffer.byteLength(waiting),
    press: (keys) => child.write(keys),
    resize(nextColumns, nextRows) {
      terminal.resize(nextColumns, nextRows);
      child.resize(nextColumns, nextRows);
    },
    pause: () => child.pause(),
    resume: () => child.resume(),
    async see(text) {
      for (const endMs = Date.now() + SEEN_WITHIN_MS; !screenRows(terminal).join("\n").includes(text); ) {
        if (Date.now() > endMs) throw new Error(`"${text}" is not on the screen:\n${screenRows(terminal).join("\n")}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    rows: () => screenRows(terminal),
    exited: new Promise((resolve) => {
      child.onExit(({ exitCode }) => resolve(exitCode));
    }),
    kill: () => {
      clearInterval(link);
      child.kill("SIGKILL");
    },
  };
}

/** The visible rows of a terminal, without trailing spaces. */
export function screenRows(terminal: HeadlessTerminal): string[] {
  const { active } = terminal.buffer;
  return Array.from({ length: terminal.rows }, (_, row) =>
    stripVTControlCharacters(
      active.getLine(active.baseY + row)?.translateToString(true, 0, terminal.cols) ?? "",
    ).trimEnd(),
  );
}

const CELL_WIDTH = 9;
const CELL_HEIGHT = 18;
const MARGIN = 14;
const BACKGROUND = "#14161b";
const FOREGROUND = "#d7dae0";
// The first 16 colours; the others follow xterm's cube and grey ramp.
const ANSI = [
  "#1d2026",
  "#e5616b",
  "#78c06d",
  "#e3b341",
  "#5f9cf3",
  "#c07be0",
  "#4fc1c9",
  "#d7dae0",
  "#5c6370",
  "#ff7b85",
  "#94d989",
  "#f3cb62",
  "#82b4ff",
  "#d69af0",
  "#74dbe2",
  "#ffffff",
];

/** What a terminal shows as an SVG picture: text, colours, bold, dim, inverse; blocks as rectangles. */
export function screenToSvg(terminal: HeadlessTerminal): string {
  const width = terminal.cols * CELL_WIDTH + 2 * MARGIN;
  const height = terminal.rows * CELL_HEIGHT + 2 * MARGIN;
  const { active } = terminal.buffer;
  const shapes: string[] = [];
  for (let row = 0; row < terminal.rows; row += 1) {
    const line = active.getLine(active.baseY + row);
    for (let column = 0; column < terminal.cols; column += 1) {
      const cell = line?.getCell(column);
      if (cell) shapes.push(...cellShapes(cell, column, row));
    }
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>`,
    `<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="15" xml:space="preserve">`,
    ...shapes,
    "</g></svg>\n",
  ].join("\n");
}

function cellShapes(cell: IBufferCell, column: number, row: number): string[] {
  const inverse = cell.isInverse() !== 0;
  const ink = colorOf(cell.isFgRGB(), cell.isFgPalette(), cell.getFgColor()) ?? FOREGROUND;
  const paper = colorOf(cell.isBgRGB(), cell.isBgPalette(), cell.getBgColor());
  const [front, back] = inverse ? [paper ?? BACKGROUND, ink] : [ink, paper];
  const x = MARGIN + column * CELL_WIDTH;
  const y = MARGIN + row * CELL_HEIGHT;
  const shapes = back === undefined ? [] : [rectangle(x, y, CELL_HEIGHT, back)];
  const text = cell.getChars();
  if (text === "" || text === " ") return shapes;
  if (text === "\u2580") return [...shapes, rectangle(x, y, CELL_HEIGHT / 2, front)];
  if (text === "\u2584") return [...shapes, rectangle(x, y + CELL_HEIGHT / 2, CELL_HEIGHT / 2, front)];
  if (text === "\u2588") return [...shapes, rectangle(x, y + 3, CELL_HEIGHT - 6, front)];
  const bold = cell.isBold() ? ` font-weight="bold"` : "";
  const dim = cell.isDim() ? ` opacity="0.55"` : "";
  return [...shapes, `<text x="${x}" y="${y + 14}" fill="${front}"${bold}${dim}>${escaped(text)}</text>`];
}

function rectangle(x: number, y: number, height: number, fill: string): string {
  return `<rect x="${x}" y="${y}" width="${CELL_WIDTH}" height="${height}" fill="${fill}" shape-rendering="crispEdges"/>`;
}

function colorOf(isRgb: boolean, isPalette: boolean, value: number): string | undefined {
  if (isRgb) return `#${value.toString(16).padStart(6, "0")}`;
  if (!isPalette) return undefined;
  if (value < 16) return ANSI[value];
  if (value >= 232) return grey(8 + (value - 232) * 10);
  const cube = value - 16;
  return `rgb(${[Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map(cubeLevel).join(",")})`;
}

function grey(level: number): string {
  return `rgb(${level},${level},${level})`;
}

function cubeLevel(step: number): number {
  return step === 0 ? 0 : 55 + step * 40;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
