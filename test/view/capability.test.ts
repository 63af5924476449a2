import { describe, expect, test } from "vitest";
import { type DisplaySettings, PLAIN_DISPLAY } from "../../src/domain/display.js";
import { askableOf, capabilityOf, type TerminalAnswers } from "../../src/view/capability.js";

const UTF8 = { LANG: "en_US.UTF-8", TERM: "xterm-256color" };
const TRUE = { ...UTF8, COLORTERM: "truecolor" };

function of(env: Record<string, string>, choice: Partial<DisplaySettings> = {}, answers: TerminalAnswers = {}) {
  return capabilityOf(env, { ...PLAIN_DISPLAY, ...choice }, answers);
}

function asked(env: Record<string, string>, color: DisplaySettings["color"] = "auto") {
  return askableOf(env, { ...PLAIN_DISPLAY, color });
}

describe("colours", () => {
  test("are true ones when COLORTERM or the terminal itself says so", () => {
    expect(of(TRUE)).toMatchObject({ colors: "truecolor", picture: { draw: "half", colors: "truecolor" } });
    expect(of({ ...UTF8, COLORTERM: "24bit" }).colors).toBe("truecolor");
    expect(of(UTF8).picture).toEqual({ draw: "half", colors: "palette" });
    expect(of(UTF8, {}, { truecolor: true }).colors).toBe("truecolor");
    expect(of({ TERM: "linux", LANG: "C.UTF-8" }).colors).toBe("16");
  });

  test("are few where nobody says what the terminal is, unless it says so itself", () => {
    expect(of({ LANG: "C.UTF-8" })).toMatchObject({ colors: "16", unicode: true });
    expect(of({ LANG: "C.UTF-8" }, {}, { truecolor: true }).colors).toBe("truecolor");
  });

  test("are none of a terminal that has none", () => {
    for (const TERM of ["vt100", "vt220", "dumb"]) expect(of({ ...UTF8, TERM }).colors).toBe("none");
    expect(of({ ...UTF8, TERM: "vt100", FORCE_COLOR: "1" }).colors).toBe("16");
  });

  test("of COLORTERM are hearsay inside tmux and screen, unless tmux itself was asked", () => {
    const tmux = { ...TRUE, TMUX: "/tmp/tmux,1,0" };
    expect(of(tmux).colors).toBe("256");
    expect(of({ ...TRUE, TERM: "screen-256color" }).colors).toBe("256");
    expect(of({ ...TRUE, STY: "1.pts" }).colors).toBe("256");
    expect(of({ ...UTF8, TERM: "tmux-direct", TMUX: "x" }).colors).toBe("truecolor");
    expect(of(tmux, {}, { truecolor: true }).colors).toBe("truecolor");
    expect(of(tmux, {}, { truecolor: false }).colors).toBe("256");
  });

  test.each([
    [{ NO_COLOR: "1" }, "none"],
    [{ NO_COLOR: "" }, "truecolor"],
    [{ FORCE_COLOR: "0" }, "none"],
    [{ FORCE_COLOR: "2" }, "256"],
    [{ FORCE_COLOR: "3", COLORTERM: "" }, "truecolor"],
    [{ NO_COLOR: "1", FORCE_COLOR: "3" }, "none"],
    [{ TERM: "dumb", COLORTERM: "", FORCE_COLOR: "1" }, "16"],
    [{ TERM: "dumb", COLORTERM: "", CLICOLOR_FORCE: "1" }, "16"],
    [{ TERM: "dumb", COLORTERM: "", CLICOLOR_FORCE: "0" }, "none"],
  ])("follow %j", (env, colors) => {
    expect(of({ ...TRUE, ...(env as Record<string, string>) }).colors).toBe(colors);
  });

  test("are what --color says, whatever the environment says", () => {
    for (const color of ["16", "256", "truecolor"] as const) {
      expect(of({ ...UTF8, NO_COLOR: "1" }, { color }).colors).toBe(color);
    }
    expect(of(TRUE, { color: "never" }).colors).toBe("none");
    expect(of({ ...TRUE, NO_COLOR: "1" }, { color: "always" }).colors).toBe("truecolor");
    expect(of({ TERM: "dumb" }, { color: "always" }).colors).toBe("16");
  });
});

describe("the characters", () => {
  test("are those of the locale variable that POSIX prefers", () => {
    expect(of({ ...UTF8, LC_ALL: "C" })).toMatchObject({ colors: "256", unicode: false, picture: { draw: "ascii" } });
    expect(of({ LANG: "C", LC_CTYPE: "C.utf8", TERM: "xterm" }).unicode).toBe(true);
    expect(of({ TERM: "xterm" }).unicode).toBe(true);
    expect(of({ TERM: "linux" }).unicode).toBe(false);
  });

  test("are plain where the font has no others", () => {
    for (const TERM of ["linux", "vt100", "vt220"]) {
      expect(of({ ...UTF8, TERM }, {}, { unicode: true })).toMatchObject({
        unicode: false,
        picture: { draw: "ascii" },
      });
    }
  });

  test("are plain where the terminal shows a half block as three", () => {
    expect(of(TRUE, {}, { unicode: false })).toMatchObject({ unicode: false, picture: { draw: "ascii" } });
    expect(of({ ...TRUE, LANG: "C" }, {}, { unicode: true }).unicode).toBe(false);
  });

  test("of a dumb terminal are plain and without colour", () => {
    expect(of({ ...UTF8, TERM: "dumb" })).toMatchObject({ color: false, unicode: false, picture: { draw: "ascii" } });
  });
});

describe("the picture", () => {
  test("is drawn as asked for", () => {
    expect(of(TRUE, { preview: "off" }).picture).toEqual({ draw: "off" });
    expect(of(TRUE, { preview: "ascii" }).picture).toEqual({ draw: "ascii" });
    expect(of(TRUE, { preview: "sextant" }).picture).toEqual({ draw: "sextant", colors: "truecolor" });
    expect(of(TRUE, { preview: "half", color: "16" }).picture).toEqual({ draw: "half", colors: "ansi" });
    for (const preview of ["iterm", "kitty", "sixel"] as const) {
      expect(of(TRUE, { preview }, { cell: { widthPx: 8, heightPx: 16 } }).picture).toEqual({ draw: preview });
    }
  });

  test("is of characters without colours, without UTF-8 and in 16 colours", () => {
    expect(of({ ...TRUE, NO_COLOR: "1" }).picture).toEqual({ draw: "ascii" });
    expect(of({ ...TRUE, LC_ALL: "C" }, { preview: "half" })).toMatchObject({
      picture: { draw: "ascii" },
      hint: "--preview=half needs UTF-8: characters are drawn instead",
    });
    expect(of({ ...TRUE, NO_COLOR: "1" }, { preview: "sextant" }).hint).toContain("needs colours");
    expect(of(TRUE, { color: "16" }).picture).toEqual({ draw: "ascii" });
  });

  test("is grey on a link that is to be spared", () => {
    expect(of(TRUE, { lowBandwidth: true }).picture).toEqual({ draw: "half", colors: "greys" });
  });

  test("is of blocks, with a word about it, where pixels cannot come through", () => {
    const inTmux = of({ ...TRUE, TMUX: "x" }, { preview: "kitty" });
    expect(inTmux).toMatchObject({ picture: { draw: "half", colors: "palette" } });
    expect(inTmux.hint).toContain("inside tmux or screen");
    expect(of(TRUE, { preview: "sixel" }, { sixel: false }).hint).toContain("not known to this terminal");
    expect(of(TRUE, { preview: "sixel" }, { sixel: true, cell: { widthPx: 8, heightPx: 15 } }).hint).toBeUndefined();
    expect(of(TRUE, { preview: "sixel" }, { sixel: true }).hint).toContain("tells the size of its characters");
    expect(of(TRUE, { preview: "kitty" }, { kitty: false }).picture).toMatchObject({ draw: "half" });
  });

  test("is said to be of blocks only where it is", () => {
    expect(of(TRUE, { preview: "kitty" }, { kitty: false }).hint).toContain("blocks are drawn instead");
    for (const other of [{ LANG: "C" }, { NO_COLOR: "1" }]) {
      expect(of({ ...TRUE, ...other }, { preview: "kitty" }, { kitty: false }).hint).toContain("characters are drawn");
    }
  });
});

describe("the terminal is asked", () => {
  test("about what it may show, and nothing when it is dumb", () => {
    expect(asked(TRUE)).toEqual({ colors: true, unicode: true, strings: true });
    expect(asked({ ...TRUE, LANG: "C" })).toMatchObject({ unicode: false });
    expect(asked({ ...TRUE, NO_COLOR: "1" })).toMatchObject({ colors: false });
    expect(asked(TRUE, "never")).toMatchObject({ colors: false });
    expect(asked({ TERM: "dumb" })).toBeUndefined();
  });

  test("in no form that it would show, or take for a title", () => {
    for (const env of [{ TERM: "linux" }, { TERM: "vt100" }, { TERM: "screen" }, { STY: "1.pts" }, { TMUX: "x" }]) {
      expect(asked({ ...TRUE, ...env })).toMatchObject({ strings: false });
    }
  });
});
