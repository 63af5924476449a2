import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { FrameSink, frameUpdate, HOLE } from "../../src/view/frame-sink.js";

const HOLE_4 = HOLE.repeat(4);

describe("an update", () => {
  test("is empty when nothing changed", () => {
    expect(frameUpdate(["a", "b"], ["a", "b"])).toEqual({ text: "", holeBlanked: false });
  });

  test("paints the lines that differ and erases what stood behind them", () => {
    expect(frameUpdate(["a", "bbb", "c"], ["a", "b", "c"]).text).toBe("\u001B[2;2H\u001B[K\u001B[m");
  });

  test("clears lines that are no longer there", () => {
    expect(frameUpdate(["a", "b"], ["a"]).text).toBe("\u001B[2;1H\u001B[K\u001B[m");
  });

  test("skips the cells of the hole and paints both sides of it", () => {
    const { text, holeBlanked } = frameUpdate([`|${HOLE_4}|old`], [`|${HOLE_4}|new`]);
    expect(text).toBe("\u001B[1;7Hnew\u001B[m");
    expect(holeBlanked).toBe(false);
  });

  test("erases the cells of a hole that is new or has moved", () => {
    expect(frameUpdate(["text"], [`|${HOLE_4}|`])).toEqual({
      text: "\u001B[1;1H|\u001B[m\u001B[1;2H\u001B[4X\u001B[1;6H\u001B[K|\u001B[m",
      holeBlanked: true,
    });
    expect(frameUpdate([`|${HOLE_4}|`], [`||${HOLE_4}|`]).holeBlanked).toBe(true);
    expect(frameUpdate([], [`|${HOLE_4}|`]).holeBlanked).toBe(true);
  });

  test("does not mind colours left of the hole", () => {
    const before = `\u001B[2m|\u001B[22m${HOLE_4}a`;
    expect(frameUpdate([before], [`|${HOLE_4}b`]).holeBlanked).toBe(false);
  });
});

/** What is written, without where and in which colour. */
function textOf(bytes: string): string {
  return stripVTControlCharacters(bytes);
}

/** A terminal that takes nothing while it is stalled. */
class Stream extends PassThrough {
  columns = 10;
  rows = 3;
  taken = "";
  override write(text: string): boolean {
    this.taken += text;
    return true;
  }
  backlog = 0;

  constructor() {
    super();
    Object.defineProperty(this, "writableLength", { get: () => this.backlog });
  }
}

function sinkOn(stream: Stream): { sink: FrameSink; blanks: () => number } {
  let blanks = 0;
  const sink = new FrameSink(stream, true, () => {
    blanks += 1;
  });
  return { sink, blanks: () => blanks };
}

describe("the sink", () => {
  test("ignores what Ink says about the cursor", () => {
    const stream = new Stream();
    const { sink } = sinkOn(stream);
    sink.write("\u001B[?25l");
    sink.write("\u001B[?2026h");
    sink.write("");
    expect(stream.taken).toBe("");
  });

  test("never paints below the last row", () => {
    const stream = new Stream();
    sinkOn(stream).sink.write("1\n2\n3\n4");
    expect(stream.taken).toContain("\u001B[3;1H\u001B[K3");
    expect(stream.taken).not.toContain("4");
  });

  test("tells where the hole is, and nothing while there is none", () => {
    const stream = new Stream();
    const { sink, blanks } = sinkOn(stream);
    expect(sink.hole).toBeUndefined();
    sink.write(`top\n|${HOLE_4}|\n|${HOLE_4}|`);
    expect(sink.hole).toEqual({ x: 1, y: 1, columns: 4, rows: 2 });
    expect(blanks()).toBe(1);
    sink.write("help\n\n");
    expect(sink.hole).toBeUndefined();
  });

  test("waits for a stalled terminal and then paints only the newest frame", () => {
    const stream = new Stream();
    const { sink } = sinkOn(stream);
    sink.write("first");
    stream.taken = "";
    stream.backlog = 40_000;
    sink.write("second");
    sink.write("third");
    expect(stream.taken).toBe("");
    expect(sink.hole).toBeUndefined();
    stream.backlog = 0;
    stream.emit("drain");
    expect(stream.taken).toContain("third");
    expect(stream.taken).not.toContain("second");
  });

  test("paints everything again after it was told that the screen is not as it was", () => {
    const stream = new Stream();
    const { sink, blanks } = sinkOn(stream);
    sink.write("a\nb");
    stream.taken = "";
    sink.invalidate();
    sink.write("a\nb");
    expect(stream.taken).toContain("\u001B[1;1H\u001B[Ka");
    expect(stream.taken).toContain("\u001B[2;1H\u001B[Kb");
    expect(blanks()).toBe(1);
  });

  test("is silent after it was closed", () => {
    const stream = new Stream();
    const { sink } = sinkOn(stream);
    sink.close();
    sink.write("late");
    sink.paint("late");
    expect(stream.taken).toBe("");
  });

  test("writes the lines that were placed where Ink has their marks", () => {
    const stream = new Stream();
    const { sink } = sinkOn(stream);
    sink.write([sink.place(0, "first"), sink.place(1, ""), sink.place(2, "third")].join("\n"));
    expect(textOf(stream.taken)).toBe("firstthird");
    stream.taken = "";
    sink.write([sink.place(0, "first"), sink.place(1, "second"), sink.place(2, "third")].join("\n"));
    expect(textOf(stream.taken)).toBe("second");
  });

  test("keeps the columns of what plain ASCII cannot show", () => {
    const stream = new Stream();
    const sink = new FrameSink(stream, false, () => undefined);
    sink.write("面é\u0301😀…| 5 %");
    expect(textOf(stream.taken)).toBe("?????~| 5 %");
  });

  test("takes 24 rows when the terminal does not know its size", () => {
    const stream = new Stream();
    stream.columns = 0;
    stream.rows = 0;
    const { sink } = sinkOn(stream);
    expect(sink.rows).toBe(24);
  });
});
