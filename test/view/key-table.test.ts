import { describe, expect, test } from "vitest";
import { barBindings, KEYS, keysFor, pasteFilter, pressKey } from "../../src/view/key-table.js";
import { layoutFor, visiblePanels } from "../../src/view/layout.js";
import { INITIAL_UI, type KeyContext, type PhaseKind, type UiState } from "../../src/view/ui-state.js";

const RUNNING: readonly PhaseKind[] = ["connecting", "ready", "measuring", "finishing"];
const OVER: readonly PhaseKind[] = ["completed", "cancelled", "failed"];

function contextOf({ panels }: UiState, phase: PhaseKind, columns: number, rows: number): KeyContext {
  const layout = layoutFor(columns, rows, panels);
  const isSmall = layout.kind === "list";
  const isTiny = layout.kind === "tiny";
  const visible = visiblePanels(layout);
  return {
    phase,
    canResume: false,
    canRepeat: true,
    visible,
    isSmall,
    isTiny,
    hasPicture: true,
    logBackMax: 39,
    helpTopMax: 9,
  };
}

/** What can be seen after some keys. */
function seen(keys: readonly string[], columns = 80, rows = 24): readonly string[] {
  return visiblePanels(layoutFor(columns, rows, press(keys, "measuring", INITIAL_UI, columns, rows).ui.panels));
}

/** Presses keys one after the other; gives the final state and all effects. */
function press(keys: readonly string[], phase: PhaseKind, ui: UiState = INITIAL_UI, columns = 80, rows = 24) {
  const effects: string[] = [];
  let state = ui;
  for (const key of keys) {
    const result = pressKey(state, key, contextOf(state, phase, columns, rows));
    state = result.ui;
    if (result.effect) effects.push(result.effect);
  }
  return { ui: state, effects };
}

describe("start", () => {
  test("works while the measurement is ready, and only then", () => {
    expect(press(["s"], "ready").effects).toEqual(["start"]);
    for (const phase of [...RUNNING, ...OVER].filter((kind) => kind !== "ready")) {
      expect(press(["s"], phase).effects).toEqual([]);
    }
  });
});

describe("cancelling", () => {
  test.each(["q", "c", "escape"])("with %s asks first, and yes is yes", (key) => {
    for (const phase of RUNNING) {
      expect(press([key], phase)).toMatchObject({ effects: [], ui: { asking: true } });
      expect(press([key, "y"], phase)).toMatchObject({ effects: ["cancel"], ui: { asking: false } });
    }
  });

  test.each(["n", "q", "escape", "enter", "x"])("is off when the answer is %s", (key) => {
    expect(press(["q", key], "measuring")).toEqual({ effects: [], ui: INITIAL_UI });
  });

  test("leaves nothing in the bar but the answers, until all is over", () => {
    const { ui } = press(["q"], "measuring");
    const words = (phase: PhaseKind) => barBindings(ui, contextOf(ui, phase, 120, 40), 120).map(({ label }) => label);
    expect(words("measuring")).toEqual(["yes", "no"]);
    expect(words("completed")).toContain("quit");
  });

  test("is not asked for twice, nor shown any more", () => {
    expect(press(["q", "y", "q", "y"], "measuring").effects).toEqual(["cancel"]);
    for (const keys of [["q", "y"], ["ctrl-c"]]) {
      const { ui } = press(keys, "measuring");
      const words = barBindings(ui, contextOf(ui, "measuring", 120, 40), 120).map(({ label }) => label);
      expect(words).not.toContain("cancel");
      expect(words).not.toContain("quit");
    }
  });
});

describe("Ctrl-C", () => {
  test("cancels at once, and leaves the second time", () => {
    expect(press(["ctrl-c"], "measuring").effects).toEqual(["cancel"]);
    expect(press(["ctrl-c", "ctrl-c"], "measuring").effects).toEqual(["cancel", "quit"]);
  });

  test("after a cancel by key only warns the first time", () => {
    expect(press(["c", "y", "ctrl-c", "ctrl-c"], "measuring").effects).toEqual(["cancel", "quit"]);
  });

  test("works while a question or the help is open", () => {
    expect(press(["q", "ctrl-c"], "measuring")).toMatchObject({ effects: ["cancel"], ui: { asking: false } });
    expect(press(["?", "ctrl-c"], "measuring")).toMatchObject({ effects: ["cancel"], ui: { help: false } });
  });
});

test("every key that leaves leaves the final screen", () => {
  for (const phase of OVER) {
    for (const key of ["q", "enter", "escape", "ctrl-c"]) expect(press([key], phase).effects).toEqual(["dismiss"]);
  }
});

test("a question that is open when the measurement ends does not swallow the next key", () => {
  const { ui } = press(["q"], "measuring");
  expect(press(["q"], "completed", ui).effects).toEqual(["dismiss"]);
});

test("preview, zoom and overlay are switched to and fro, where there is a preview", () => {
  expect(press(["z", "o", "p"], "measuring").ui).toMatchObject({ preview: false, zoom: true, overlay: "mesh" });
  expect(press(["o", "o"], "measuring").ui.overlay).toBe("none");
  expect(press(["p", "p", "z", "z", "o", "o", "o"], "measuring").ui).toEqual(INITIAL_UI);
  expect(press(["p", "z", "o"], "measuring", INITIAL_UI, 60, 20).ui).toEqual(INITIAL_UI);
});

test("any key closes the help and does nothing else", () => {
  expect(press(["?"], "measuring").ui.help).toBe(true);
  expect(press(["?", "q"], "measuring")).toEqual({ ui: INITIAL_UI, effects: [] });
});

test("no two bindings of one phase share a key", () => {
  for (const phase of [...RUNNING, ...OVER]) {
    const keys = keysFor(INITIAL_UI, contextOf(INITIAL_UI, phase, 120, 40)).flatMap((binding) => binding.keys);
    expect(new Set(keys).size).toBe(keys.length);
  }
});

test("every binding says what it does", () => {
  for (const { shown, label, help } of KEYS) {
    expect(shown).not.toBe("");
    if (label !== undefined) expect(label).toMatch(/^[a-z]+$/);
    expect(help).toMatch(/^[A-Z].*\.$/);
  }
});

describe("panels", () => {
  test("are hidden and shown by their numbers", () => {
    expect(seen(["1"])).not.toContain("preview");
    expect(seen(["1", "1"])).toEqual(seen([]));
    expect(seen(["5"])).toContain("spectrum");
    expect(seen(["2", "3", "4", "6", "7"])).toEqual(["preview", "spectrum"]);
  });

  test("become large with f, the one with the focus or the first, and small again", () => {
    expect(seen(["f"])).toEqual(["preview"]);
    expect(seen(["tab", "tab", "f"])).toEqual(["vitals"]);
    expect(seen(["shift-tab", "f"])).toEqual(["log"]);
    expect(seen(["f", "f"])).toEqual(seen([]));
    expect(seen(["f", "escape"])).toEqual(seen([]));
    expect(seen(["f", "6"])).toEqual(["chunks"]);
  });

  test("are shown alone by their numbers where there is no room for two", () => {
    expect(seen(["1"], 60, 20)).toEqual(["preview"]);
    expect(seen(["7"], 60, 20)).toEqual(["log"]);
    expect(seen(["7", "7"], 60, 20)).toEqual(seen([], 60, 20));
  });

  test("the focus goes round", () => {
    const count = seen([]).length;
    expect(
      press(
        Array.from({ length: count + 1 }, () => "tab"),
        "measuring",
      ).ui.focus,
    ).toBe("preview");
  });
});

test("what was begun before the end of the measurement is no key of the last screen", () => {
  const asked = press(["c"], "measuring").ui;
  expect(press(["n"], "completed", asked)).toEqual({ ui: INITIAL_UI, effects: [] });
  expect(press(["n", "n"], "completed", asked).effects).toEqual(["new"]);
  expect(press(["q"], "completed", asked).effects).toEqual(["dismiss"]);
  const typing = press(["/", "e"], "measuring").ui;
  const { ui, effects } = press(["r", "r", "o", "r", "enter"], "completed", typing);
  expect(effects).toEqual([]);
  expect(ui.log).toMatchObject({ filter: "error", isTyping: false });
  expect(press(["r"], "completed", ui).effects).toEqual(["again"]);
});

describe("the log", () => {
  test("is filtered by what is typed, letters of other keys too", () => {
    const { ui, effects } = press(["/", "q", "c", "x", "backspace", "enter"], "measuring");
    expect(ui.log).toMatchObject({ filter: "qc", isTyping: false });
    expect(effects).toEqual([]);
    expect(press(["/", "a", "escape"], "measuring").ui).toEqual(INITIAL_UI);
    expect(press(["/", ...Array.from({ length: 99 }, () => "x")], "measuring").ui.log.filter).toHaveLength(24);
  });

  test("moves by lines and pages, never beyond its ends", () => {
    expect(press(["up", "up", "down"], "measuring").ui.log.back).toBe(1);
    expect(press(["home", "down"], "measuring").ui.log.back).toBe(38);
    expect(press(["pageup", "end"], "measuring").ui.log.back).toBe(0);
    expect(press(["down"], "measuring").ui.log.back).toBe(0);
  });

  test("shows problems only with e, and everything again", () => {
    expect(press(["e"], "measuring").ui.log.problemsOnly).toBe(true);
    expect(press(["e", "e"], "measuring").ui).toEqual(INITIAL_UI);
  });
});

test("the help can be moved, and closes with any other key, also when all is over", () => {
  expect(press(["?", "down", "pagedown", "up"], "measuring").ui).toMatchObject({ help: true, helpTop: 8 });
  expect(press(["?", "down", "x"], "measuring").ui.help).toBe(false);
  expect(press(["?", "q"], "completed")).toMatchObject({ effects: [], ui: { help: false } });
});

test("wave and spectrum can be the server's", () => {
  expect(press(["v"], "measuring").ui.pulse).toBe("server");
  expect(press(["v", "v"], "measuring").ui).toEqual(INITIAL_UI);
});

const tiny = (keys: readonly string[], phase: PhaseKind) => press(keys, phase, INITIAL_UI, 40, 10);

describe("a key that could not be seen to do anything", () => {
  test("of the log does nothing while the log is hidden, and the bar does not show it", () => {
    for (const key of ["/", "e", "up", "home"]) {
      expect(press([key], "measuring", INITIAL_UI, 60, 20).ui).toEqual(INITIAL_UI);
      expect(press(["7", key], "measuring").ui).toEqual(press(["7"], "measuring").ui);
    }
    const { ui } = press(["7"], "measuring");
    const words = barBindings(ui, contextOf(ui, "measuring", 120, 40), 120).map(({ label }) => label);
    expect(words).not.toContain("filter");
    expect(press(["7", "/"], "measuring", INITIAL_UI, 60, 20).ui.log.isTyping).toBe(true);
  });

  test("is off on a tiny screen, but for those that begin and end", () => {
    for (const key of ["?", "/", "p", "w", "1", "tab", "f", "v"])
      expect(tiny([key], "measuring")).toEqual({ ui: INITIAL_UI, effects: [] });
    expect(tiny(["q", "y"], "measuring").effects).toEqual(["cancel"]);
    expect(tiny(["s"], "ready").effects).toEqual(["start"]);
    expect(tiny(["r", "n"], "completed").effects).toEqual([]);
    expect(tiny(["q"], "completed").effects).toEqual(["dismiss"]);
  });

  test("of the picture is off while the picture is", () => {
    const { ui } = press(["p"], "measuring");
    expect(press(["z", "o"], "measuring", ui).ui).toEqual(ui);
    const words = barBindings(ui, contextOf(ui, "measuring", 120, 40), 120).map(({ label }) => label);
    expect(words).toEqual(["cancel", "preview", "snapshot", "filter", "help", "quit"]);
  });

  test("of the preview shows no empty panel where there is no picture", () => {
    const context = { ...contextOf(INITIAL_UI, "measuring", 80, 24), visible: [], hasPicture: false };
    expect(pressKey(INITIAL_UI, "1", context)).toEqual({ ui: INITIAL_UI });
    expect(pressKey(INITIAL_UI, "p", context)).toEqual({ ui: INITIAL_UI });
  });

  test("is not swallowed by a help that became too small to be seen", () => {
    const { ui } = press(["?"], "measuring");
    expect(press(["q"], "measuring", ui, 40, 10).ui.asking).toBe(true);
  });
});

test("one panel after the other can be shown alone with Tab", () => {
  expect(seen(["f", "tab"])).toEqual(["vitals"]);
  expect(seen(["f", "shift-tab"])).toEqual(["log"]);
  expect(seen(["tab", "tab"], 60, 20)).toEqual(["vitals"]);
  expect(seen(["shift-tab"], 60, 20)).toEqual(["log"]);
  expect(seen(["tab", "escape"], 60, 20)).toEqual(seen([], 60, 20));
});

test("the help does not go on scrolling beyond its end", () => {
  const down = Array.from({ length: 30 }, () => "down");
  expect(press(["?", ...down, "up"], "measuring").ui.helpTop).toBe(8);
  expect(press(["?", "end"], "measuring").ui.helpTop).toBe(9);
  expect(press(["?", "end", "home"], "measuring").ui.helpTop).toBe(0);
});

test("a filter that cannot be seen takes no letters", () => {
  const { ui } = press(["/"], "measuring");
  expect(press(["q"], "measuring", ui, 60, 20).ui).toMatchObject({ asking: true, log: { filter: "" } });
});

test("the filter takes what is pasted, on one line, and nothing that is no text", () => {
  const { ui } = press(["/", "a", "\uE000", "\u0085"], "measuring");
  expect(ui.log.filter).toBe("a");
  const context = contextOf(ui, "measuring", 80, 24);
  expect(pasteFilter(ui, "b\n\uE000c", context).log).toMatchObject({ filter: "abc", isTyping: true });
  expect(pasteFilter(ui, "y".repeat(99_999), context).log.filter).toHaveLength(24);
  expect(pasteFilter(INITIAL_UI, "y", context)).toBe(INITIAL_UI);
});

test("the filter loses whole characters", () => {
  expect(press(["/", "a", "😀", "backspace"], "measuring").ui.log.filter).toBe("a");
});

test("g goes on only where something is missing that can still be had", () => {
  for (const phase of OVER) {
    const context = contextOf(INITIAL_UI, phase, 80, 24);
    expect(pressKey(INITIAL_UI, "g", context).effect).toBeUndefined();
    expect(pressKey(INITIAL_UI, "g", { ...context, canResume: true }).effect).toBe("resume");
    expect(barBindings(INITIAL_UI, { ...context, canResume: true }, 80).map(({ label }) => label)).toContain("resume");
  }
});

test("r measures again only what can be opened again", () => {
  const context = { ...contextOf(INITIAL_UI, "completed", 80, 24), canRepeat: false };
  expect(pressKey(INITIAL_UI, "r", context).effect).toBeUndefined();
  expect(barBindings(INITIAL_UI, context, 80).map(({ label }) => label)).not.toContain("again");
});
