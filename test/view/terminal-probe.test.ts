import { PassThrough } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { InputEvent } from "../../src/view/key-splitter.js";
import { Keyboard } from "../../src/view/keyboard.js";
import { answersIn, askTerminal } from "../../src/view/terminal-probe.js";
import { openScreen } from "../helpers/terminal.js";

const ESC = "\u001B";
const ALL = { colors: true, unicode: true, strings: true };

afterEach(() => {
  vi.useRealTimers();
});

describe("the answers", () => {
  test("of terminals that are in use are understood", () => {
    // kitty 0.26, foot 1.13, tmux 3.3a, xterm 379, as recorded in their documentation and source.
    expect(
      answersIn([
        `${ESC}P>|kitty(0.26.5)${ESC}\\`,
        `${ESC}[6;20;10t`,
        `${ESC}P1$r48:2:1:2:3m${ESC}\\`,
        `${ESC}[12;2R`,
        `${ESC}_Gi=31;OK${ESC}\\`,
        `${ESC}[?62;c`,
      ]),
    ).toEqual({
      name: "kitty(0.26.5)",
      cell: { widthPx: 10, heightPx: 20 },
      cellQuestion: expect.objectContaining({ text: `${ESC}[16t` }),
      truecolor: true,
      unicode: true,
      kitty: true,
      sixel: false,
    });
    expect(answersIn([`${ESC}P1$r0;48:2::1:2:3m${ESC}\\`, `${ESC}[?62;4;22c`])).toMatchObject({
      truecolor: true,
      sixel: true,
      kitty: false,
    });
    expect(answersIn([`${ESC}P>|tmux 3.3a${ESC}\\`, `${ESC}[3;2R`, `${ESC}[?1;2c`])).toMatchObject({
      name: "tmux 3.3a",
      truecolor: undefined,
      sixel: false,
    });
    expect(answersIn([`${ESC}P1$r0;48;2;1;2;3m${ESC}\\`]).truecolor).toBe(true);
  });

  test("of xterm give a cell in another way, and the colours that sixels may have", () => {
    // As xterm 379 answers when it is started with -ti vt340: nothing to CSI 16 t and CSI 14 t.
    const replies = [`${ESC}[?1;0;1024S`, `${ESC}[?2;0;960;600S`, `${ESC}[?63;1;2;4;6;9;15;16;22;28c`];
    expect(answersIn(replies, { columns: 120, rows: 40 })).toMatchObject({
      cell: { widthPx: 8, heightPx: 15 },
      cellQuestion: { text: `${ESC}[?2;1;0S` },
      registers: 1024,
      sixel: true,
    });
    expect(answersIn(replies).cell).toBeUndefined();
    const { cell, cellQuestion } = answersIn([`${ESC}[4;800;1200t`, ...replies], { columns: 120, rows: 40 });
    expect(cell).toEqual({ widthPx: 10, heightPx: 20 });
    expect(cellQuestion?.text).toBe(`${ESC}[14t`);
    // Asked once more, another answer to another question says nothing.
    expect(cellQuestion?.answer(`${ESC}[?2;0;960;600S`, { columns: 120, rows: 40 })).toBeUndefined();
    expect(answersIn([`${ESC}[?1;3;0S`]).registers).toBeUndefined();
  });

  test("that are missing, negative or nonsense prove nothing", () => {
    expect(answersIn([])).toEqual({});
    expect(answersIn([`${ESC}P1$r0m${ESC}\\`]).truecolor).toBeUndefined();
    expect(answersIn([`${ESC}P0$r${ESC}\\`]).truecolor).toBeUndefined();
    expect(answersIn([`${ESC}[6;0;0t`]).cell).toBeUndefined();
  });

  test("tell that a half block took three columns", () => {
    expect(answersIn([`${ESC}[5;4R`]).unicode).toBe(false);
  });
});

describe("asking", () => {
  test("ends with the last answer, and leaves the line as it was", async () => {
    const screen = openScreen(80, 24);
    const startMs = performance.now();
    const { answers, early } = await askTerminal(screen.stdin, screen.stdout, ALL, 5_000, () => performance.now());
    expect(performance.now() - startMs).toBeLessThan(2_000);
    expect(answers).toMatchObject({ unicode: true, kitty: false });
    expect(answers.distanceMs).toBeGreaterThanOrEqual(0);
    expect(early).toEqual([]);
    await screen.settled();
    expect(screen.rows().join("")).toBe("");
    expect(screen.stdin.isRaw).toBe(true);
  });

  test("leaves out what the terminal would show instead of answering", async () => {
    const stdin = Object.assign(new PassThrough(), { setRawMode: () => undefined });
    const sent = async (askable: typeof ALL): Promise<string> => {
      const stdout = new PassThrough();
      await askTerminal(stdin, stdout, askable, 1, () => performance.now());
      return String(stdout.read());
    };
    expect(await sent(ALL)).toMatch(/48;2.*\$q.*\u2580.*_G/s);
    expect(await sent({ ...ALL, colors: false })).not.toContain("48;2");
    expect(await sent({ ...ALL, unicode: false })).not.toContain("\u2580");
    const plain = await sent({ ...ALL, strings: false });
    expect(plain).not.toContain(`${ESC}P`);
    expect(plain).not.toContain(`${ESC}_`);
    expect(plain).toContain(`${ESC}[c`);
  });

  test("of a terminal that says nothing ends in time, and keeps what was pressed", async () => {
    const stdin = Object.assign(new PassThrough(), { setRawMode: () => undefined });
    const stdout = new PassThrough();
    const asked = askTerminal(stdin, stdout, ALL, 120, () => performance.now());
    stdin.write("sq");
    const { answers, early } = await asked;
    expect(answers.distanceMs).toBeUndefined();
    expect(answers.unicode).toBeUndefined();
    expect(early).toEqual([
      { kind: "key", key: "s" },
      { kind: "key", key: "q" },
    ]);
    expect(stdin.listenerCount("data")).toBe(0);
  });

  test("waits for answers that come byte by byte", async () => {
    const stdin = Object.assign(new PassThrough(), { setRawMode: () => undefined });
    vi.useFakeTimers();
    const asked = askTerminal(stdin, new PassThrough(), ALL, 100, () => performance.now());
    for (const byte of "\u001B[6;20;10t\u001B[?62;4c") {
      stdin.write(byte);
      await vi.advanceTimersByTimeAsync(9);
    }
    const { answers, isDue } = await asked;
    expect(answers).toMatchObject({ cell: { widthPx: 10, heightPx: 20 }, sixel: true });
    expect(isDue).toBe(false);
  });

  test("that ends in the middle of an answer does not make keys of its rest", async () => {
    const stdin = Object.assign(new PassThrough(), { setRawMode: () => undefined });
    const asked = askTerminal(stdin, new PassThrough(), ALL, 30, () => performance.now());
    stdin.write("\u001B[?6");
    expect(await asked).toMatchObject({ isDue: true, early: [] });
    const events: InputEvent[] = [];
    const keyboard = new Keyboard(stdin, (event) => events.push(event));
    keyboard.open();
    stdin.write("1;2c1");
    await setTimeout(10);
    keyboard.close();
    expect(events).toEqual([
      { kind: "reply", text: "\u001B[?61;2c" },
      { kind: "key", key: "1" },
    ]);
  });
});
