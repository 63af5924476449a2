import xterm from "@xterm/headless";
import { array, assert, asyncProperty, constantFrom, integer, tuple } from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameSink, frameUpdate, HOLE } from "../../src/view/frame-sink.js";
import { lineUpdate } from "../../src/view/line-diff.js";

const GREEN = "\u001B[32m";
const PLAIN = "\u001B[39m";
const RESET = "\u001B[m";

describe("a line", () => {
  test("that changed in the middle is written there alone", () => {
    expect(lineUpdate({ text: "rate 72.41 bpm" }, { text: "rate 72.46 bpm" }, 4)).toBe(`\u001B[5;10H6${RESET}`);
  });

  test("gets the colour that is in force where the change begins", () => {
    const before = { text: `a ${GREEN}71.4${PLAIN} b` };
    expect(lineUpdate(before, { text: `a ${GREEN}71.9${PLAIN} b` }, 0)).toBe(`\u001B[1;6H${GREEN}9${RESET}`);
  });

  test("that only changed its colour is written in the new one", () => {
    const update = lineUpdate({ text: `x ${GREEN}ok${PLAIN}` }, { text: "x \u001B[31mok\u001B[39m" }, 0);
    expect(update).toContain("\u001B[31mok");
  });

  test("that became shorter or longer is erased behind", () => {
    expect(lineUpdate({ text: "abc" }, { text: "ab" }, 0)).toBe(`\u001B[1;3H\u001B[K${RESET}`);
    expect(lineUpdate({ text: "ab" }, { text: "abXY" }, 0)).toBe(`\u001B[1;3H\u001B[KXY${RESET}`);
  });

  test("with characters of unknown width is written as a whole, and what follows them is put in its column", () => {
    expect(lineUpdate({ text: "面.mp4 1" }, { text: "面.mp4 2" }, 0)).toBe(
      `\u001B[1;1H\u001B[K面\u001B[3G.mp4 2${RESET}`,
    );
    const coloured = `${GREEN}e\u0301👍${PLAIN}|`;
    expect(lineUpdate(undefined, { text: coloured }, 0)).toBe(
      `\u001B[1;1H\u001B[K${GREEN}e\u0301👍${PLAIN}\u001B[4G|${RESET}`,
    );
  });

  test("beside a hole is written without touching it", () => {
    const hole = { column: 1, columns: 4 };
    const update = lineUpdate({ text: "|    |old", hole }, { text: "|    |new", hole }, 0);
    expect(update).toBe(`\u001B[1;7Hnew${RESET}`);
  });
});

const COLUMNS = 12;
const ROWS = 4;

async function shown(text: string): Promise<string[]> {
  const terminal = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
  await new Promise<void>((resolve) => terminal.write(text, resolve));
  return Array.from({ length: ROWS }, (_, row) => {
    const line = terminal.buffer.active.getLine(row);
    return Array.from({ length: COLUMNS }, (__, column) => {
      const cell = line?.getCell(column);
      return `${cell?.getChars() || " "}${cell?.isFgPalette() ? cell.getFgColor() : "-"}${cell?.isDim() ? "d" : ""}`;
    }).join("");
  });
}

const piece = constantFrom(
  "a",
  "bb",
  " ",
  "⣿",
  "│",
  `${GREEN}x${PLAIN}`,
  "\u001B[2m──\u001B[22m",
  "\u001B[31m7.3\u001B[39m",
  "面",
);
const frame = array(
  array(piece, { maxLength: 5 }).map((pieces) => pieces.join("")),
  { minLength: ROWS, maxLength: ROWS },
);

/** Absolute addresses and whole lines, to compare with. */
function painted(lines: readonly string[]): string {
  return lines.map((line, row) => `\u001B[${row + 1};1H${line}`).join("");
}

test("any frame after any other leaves the screen as if it had been painted alone", async () => {
  await assert(
    asyncProperty(array(frame, { minLength: 2, maxLength: 4 }), async (frames) => {
      let text = "\u001B[?7l";
      let before: readonly string[] = [];
      for (const next of frames) {
        text += frameUpdate(before, next).text;
        before = next;
      }
      expect(await shown(text)).toEqual(await shown(`\u001B[?7l${painted(frames.at(-1) ?? [])}`));
    }),
    { seed: 11, numRuns: 150 },
  );
});

function withHole(rights: readonly string[]): string[] {
  return rights.map((right, row) => {
    if (row === 0) return `│${HOLE}   │${right}`;
    return row === ROWS - 1 ? `│   ${HOLE}│${right}` : `│    │${right}`;
  });
}

test("the cells of a hole that stays are never touched, whatever changes round it", async () => {
  const side = array(constantFrom("a", "b", `${GREEN}c${PLAIN}`), { maxLength: 4 }).map((pieces) => pieces.join(""));
  await assert(
    asyncProperty(array(tuple(side, side, side, side), { minLength: 2, maxLength: 5 }), async (frames) => {
      let text = "\u001B[?7l";
      let before: readonly string[] = [];
      for (const [index, rights] of frames.entries()) {
        const next = withHole(rights);
        text += frameUpdate(before, next).text;
        before = next;
        if (index === 0) for (let row = 0; row < ROWS; row += 1) text += `\u001B[${row + 1};2HPPPP`;
      }
      for (const line of await shown(text)) expect(line.replaceAll("-", "").slice(1, 5)).toBe("PPPP");
    }),
    { seed: 5, numRuns: 60 },
  );
});

/** A hole of two rows and four columns. */
function place(x: number, y: number): string[] {
  return Array.from({ length: ROWS }, (_, row) =>
    row === y || row === y + 1 ? `${" ".repeat(x)}${HOLE}  ${HOLE}|` : "text",
  );
}

test("a hole that moves by a column or a row is blank in its new place", async () => {
  await assert(
    asyncProperty(integer({ min: 0, max: 3 }), integer({ min: 0, max: 2 }), async (column, row) => {
      let text = frameUpdate([], place(1, 1)).text;
      text += "\u001B[2;2HPPPP\u001B[3;2HPPPP";
      const { text: update, holeBlanked } = frameUpdate(place(1, 1), place(column, row));
      expect(holeBlanked).toBe(column !== 1 || row !== 1);
      if (!holeBlanked) return;
      const lines = await shown(text + update);
      for (const y of [row, row + 1])
        expect(
          lines[y]
            ?.replaceAll("-", "")
            .slice(column, column + 4)
            .trim(),
        ).toBe("");
    }),
    { seed: 3, numRuns: 40 },
  );
});

test("the sink never writes what is not ASCII where the terminal cannot show it", () => {
  const written: string[] = [];
  const output = Object.assign(new (class extends EventTarget {})(), {
    columns: 20,
    rows: 2,
    writableLength: 0,
    write: (text: string) => written.push(text) > 0,
    on: () => output,
    once: () => output,
    off: () => output,
  });
  const sink = new FrameSink(output as never, false, () => undefined);
  sink.write("Müller 面 …\n│");
  expect(written.join("")).toMatch(/^\p{ASCII}+$/u);
  expect(written.join("")).toContain("M?ller ?? ~");
});
