import { describe, expect, test } from "vitest";
import { INITIAL_UI, KEYS, keysFor, type PhaseKind, pressKey, type UiState } from "../../src/view/ui-state.js";

const RUNNING: readonly PhaseKind[] = ["connecting", "ready", "measuring", "finishing"];
const OVER: readonly PhaseKind[] = ["completed", "cancelled", "failed"];

/** Presses keys one after the other; gives the final state and all effects. */
function press(keys: readonly string[], phase: PhaseKind, ui: UiState = INITIAL_UI, hasPreview = true) {
  const effects: string[] = [];
  let state = ui;
  for (const key of keys) {
    const result = pressKey(state, key, phase, hasPreview);
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

  test("is not asked for twice", () => {
    expect(press(["q", "y", "q", "y"], "measuring").effects).toEqual(["cancel"]);
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
  expect(press(["p", "z", "o"], "measuring").ui).toMatchObject({ preview: false, zoom: true, overlay: false });
  expect(press(["p", "p", "z", "z", "o", "o"], "measuring").ui).toEqual(INITIAL_UI);
  expect(press(["p", "z", "o"], "measuring", INITIAL_UI, false).ui).toEqual(INITIAL_UI);
});

test("any key closes the help and does nothing else", () => {
  expect(press(["?"], "measuring").ui.help).toBe(true);
  expect(press(["?", "q"], "measuring")).toEqual({ ui: INITIAL_UI, effects: [] });
});

test("no two bindings of one phase share a key", () => {
  for (const phase of [...RUNNING, ...OVER]) {
    const keys = keysFor(phase, true).flatMap((binding) => binding.keys);
    expect(new Set(keys).size).toBe(keys.length);
  }
});

test("every binding says what it does", () => {
  for (const { shown, label, help } of KEYS) {
    expect(shown).not.toBe("");
    expect(label).toMatch(/^[a-z]+$/);
    expect(help).toMatch(/^[A-Z].*\.$/);
  }
});
