import { setTimeout } from "node:timers/promises";

import { afterEach, describe, expect, test, vi } from "vitest";
import { PLAIN_DISPLAY } from "../../src/domain/display.js";
import { type PastMeasurement, SETUP_FIELDS, type SetupData, type SetupField } from "../../src/domain/setup.js";
import { capabilityOf } from "../../src/view/capability.js";
import { columnsOf } from "../../src/view/columns.js";
import { openLobby } from "../../src/view/lobby/lobby.js";
import { clickLobby } from "../../src/view/lobby/lobby-pointing.js";
import {
  initialLobby,
  LOBBY_KEYS,
  type LobbyState,
  lobbyKeys,
  pasteLobby,
  pastShown,
  pressLobby,
} from "../../src/view/lobby/lobby-state.js";
import { topMax } from "../../src/view/lobby/lobby-texts.js";
import { FIELDS } from "../../src/view/lobby/setup-fields.js";
import { openScreen, type Screen } from "../helpers/terminal.js";

const ENV = { TERM: "xterm-256color", COLORTERM: "truecolor", LANG: "en_US.UTF-8" };

function past(name: string, source: string, state: PastMeasurement["state"], bpm?: number): PastMeasurement {
  return {
    name,
    folder: `/state/${name}`,
    source,
    state,
    heartRateBpm: bpm,
    lines: [`Report of ${name}`, "  and more"],
  };
}

const DATA: SetupData = {
  sources: [
    { value: "/clips/face.mp4", label: "a clip to try" },
    { value: "0", label: "camera 0: HD Webcam" },
  ],
  servers: [
    { value: "local", label: "local: this computer, no account" },
    { value: "prod", label: "prod" },
  ],
  studies: {
    local: [{ value: "", label: "default" }],
    prod: [
      { value: "", label: "the one that was selected last" },
      { value: "77", label: "Vitals  (77)" },
    ],
  },
  history: [
    past("2026-11-22T10-21-07-6f2c", "subject-07.mp4", "completed", 72.4),
    past("2026-11-21T09-00-00-aa01", "Camera 0", "failed"),
    past("2026-11-20T08-15-30-bb02", "subject-06.mp4", "cancelled", 66),
  ],
  pastCount: 3,
  choice: {
    source: "/clips/face.mp4",
    server: "local",
    study: "",
    sex: "",
    age: "",
    height: "",
    weight: "",
    length: "",
    chunk: "5",
    pace: "live",
  },
};

/** Presses keys one after the other; the state after them and all effects. */
function press(keys: readonly string[], state: LobbyState = initialLobby(DATA, undefined)) {
  const effects: string[] = [];
  let now = state;
  for (const key of keys) {
    const { state: next, effect } = pressLobby(now, key, DATA);
    now = next;
    if (effect) effects.push(effect);
  }
  return { state: now, effects };
}

function letters(word: string): string[] {
  return word.split("");
}

function downTo(field: SetupField): string[] {
  return Array.from({ length: SETUP_FIELDS.indexOf(field) }, () => "down");
}

describe("the form", () => {
  test("starts what stands there with s alone", () => {
    expect(press(["s"]).effects).toEqual(["start"]);
  });

  test("takes the next option with Right and the one before with Left, round and round", () => {
    expect(press(["right"]).state.choice.source).toBe("0");
    expect(press(["right", "right"]).state.choice.source).toBe("/clips/face.mp4");
    expect(press(["left"]).state.choice.source).toBe("0");
    expect(press([...downTo("pace"), "right"]).state.choice.pace).toBe("fast");
  });

  test("offers all options of a line with Enter, and typing as the last of them", () => {
    expect(press(["enter", "down", "enter"]).state.choice.source).toBe("0");
    expect(press(["enter", "down", "escape"]).state.choice.source).toBe("/clips/face.mp4");
    const typed = press(["enter", "down", "down", "down", "enter", ...letters("/tmp/s q.mp4"), "enter"]);
    expect(typed.state.choice.source).toBe("/tmp/s q.mp4");
    expect(typed.effects).toEqual([]);
  });

  test("types over the list of options, too, where none of its letters is a key", () => {
    const typed = press(["enter", ...letters("/tmp/s q.mp4"), "enter"]);
    expect(typed).toMatchObject({ state: { screen: "setup", choice: { source: "/tmp/s q.mp4" } }, effects: [] });
    expect(pasteLobby(press(["enter"]).state, "/a/b.mp4")).toMatchObject({ typed: "/a/b.mp4", listAt: undefined });
    const servers = press(["down", "enter"]).state;
    expect(press(["s", "q", "h"], servers)).toEqual({ state: servers, effects: [] });
    expect(pasteLobby(servers, "prod")).toEqual(servers);
  });

  test("types at once where there is nothing to choose, and forgets it with Esc", () => {
    expect(press([...downTo("age"), "enter", "4", "3", "backspace", "2", "enter"]).state.choice.age).toBe("42");
    expect(press([...downTo("age"), "enter", "4", "escape"]).state.choice.age).toBe("");
    expect(press([...downTo("age"), "enter", "4", "ctrl-u", "5", "1", "enter"]).state.choice.age).toBe("51");
  });

  test("takes a path that is pasted, on one line, and nothing that is pasted elsewhere", () => {
    const typing = press(["enter", "down", "down", "enter"]).state;
    expect(pasteLobby(typing, "/a/b c.mp4\n").typed).toBe("/a/b c.mp4");
    const idle = initialLobby(DATA, undefined);
    expect(pasteLobby(idle, "s")).toEqual(idle);
  });

  test("does not start with a number that is out of range, and says which", () => {
    const { state, effects } = press([...downTo("age"), "enter", "7", "enter", "up", "s"]);
    expect(effects).toEqual([]);
    expect(state).toMatchObject({ focus: "age", problem: "The age must be a number from 13 to 120." });
    expect(
      press([...downTo("length"), "enter", "down", "down", "down", "down", "enter", "x", "enter", "s"]).effects,
    ).toEqual([]);
  });

  test("does not start with what cannot be chosen, such as what was remembered by hand", () => {
    for (const field of ["server", "sex", "chunk", "pace"] as const) {
      const choice = { ...DATA.choice, [field]: "nonsense" };
      const { state, effects } = press(["s"], initialLobby({ ...DATA, choice }, undefined));
      expect(effects).toEqual([]);
      expect(state).toMatchObject({ focus: field, problem: expect.stringContaining('"nonsense" cannot be chosen') });
    }
    const choice = { ...DATA.choice, length: "45", study: "/clips/study.json" };
    expect(press(["s"], initialLobby({ ...DATA, choice }, undefined)).effects).toEqual(["start"]);
  });

  test("does not ask another server for more than it measures", () => {
    const long = press([...downTo("length"), "enter", "end", "enter", ...letters("600"), "enter"]).state;
    expect(press(["s"], long).effects).toEqual(["start"]);
    const { state, effects } = press(["home", "down", "right", "s"], long);
    expect(effects).toEqual([]);
    expect(state).toMatchObject({ focus: "length", problem: expect.stringContaining("up to 120 s") });
  });

  test("forgets the study when the server is another one", () => {
    const { state } = press([...downTo("server"), "right", "down", "right", "up", "right"]);
    expect(state.choice).toMatchObject({ server: "local", study: "" });
    expect(press([...downTo("server"), "right", "down", "right"]).state.choice.study).toBe("77");
  });

  test("stays on its lines", () => {
    expect(press(Array.from({ length: 30 }, () => "down")).state.focus).toBe("pace");
    expect(press(["up"]).state.focus).toBe("source");
  });
});

describe("the history", () => {
  test("is opened, filtered and left by keys", () => {
    const { state } = press(["h", "/", ...letters("SUBJECT"), "enter"]);
    expect(pastShown(state, DATA).map(({ source }) => source)).toEqual(["subject-07.mp4", "subject-06.mp4"]);
    expect(press(["down", "enter"], state).state).toMatchObject({ screen: "report", past: 1 });
    expect(press(["enter", "escape", "escape"], state).state.screen).toBe("setup");
    expect(pastShown(press(["h", "/", "q", "escape"]).state, DATA)).toHaveLength(3);
  });

  test("opens nothing when nothing passes the filter", () => {
    expect(press(["h", "/", ...letters("zzz"), "enter", "enter"]).state.screen).toBe("history");
    expect(press(["h", "/", ...letters("zzz"), "enter", "down"]).state.past).toBe(0);
  });
});

const shown = (state: LobbyState, data = DATA): string[] => lobbyKeys(state, data).map(({ label }) => label);

describe("keys that would do nothing are not shown", () => {
  test("in a history without measurements", () => {
    const none = { ...DATA, history: [], pastCount: 0 };
    expect(shown(press(["h"]).state, none)).toEqual(["back", "help", "quit"]);
    expect(shown(press(["h", "/", ...letters("zzz"), "enter"]).state)).toEqual(["filter", "back", "help", "quit"]);
  });

  test("on a line with nothing else to choose", () => {
    const age = press(downTo("age")).state;
    expect(shown(age)).not.toContain("change");
    expect(shown(press(["enter", "4", "enter"], age).state)).toContain("change");
  });
});

test("pages that are longer than the screen are moved, and stop at their ends", () => {
  const long = {
    ...DATA,
    history: [{ ...past("x", "a.mp4", "completed"), lines: Array.from({ length: 30 }, String) }],
  };
  const view = (state: LobbyState) => ({ state, data: long, columns: 60, rows: 20 });
  const go = (state: LobbyState, ...keys: readonly string[]): LobbyState =>
    keys.reduce((now, key) => pressLobby(now, key, long, topMax(view(now))).state, state);
  const report = go(initialLobby(long, undefined), "h", "enter");
  expect(go(report, "pagedown", "pagedown", "pagedown", "up").top).toBe(15);
  expect(go(report, "end", "home").top).toBe(0);
  const help = { ...press(["?"]).state };
  const small = { ...view(help), rows: 10 };
  expect(topMax(small)).toBeGreaterThan(0);
  expect(pressLobby(help, "end", long, topMax(small)).state).toMatchObject({ help: true, helpTop: topMax(small) });
});

test("Home and End go to the ends", () => {
  expect(press(["end"]).state.focus).toBe("pace");
  expect(press(["end", "home"]).state.focus).toBe("source");
  expect(press(["h", "end"]).state.past).toBe(2);
  expect(press(["enter", "end", "enter"]).state.typed).toBe("");
});

describe("a click", () => {
  const [columns, rows] = [80, 24];
  const click = (state: LobbyState, column: number, row: number) =>
    clickLobby({ state, data: DATA, columns, rows }, column, row);
  const start = initialLobby(DATA, undefined);

  test("on a line goes there, on the line with the mark opens it", () => {
    expect(click(start, 5, 4).state.focus).toBe("study");
    expect(click(start, 5, 2).state.listAt).toBe(0);
    expect(click(start, 5, 12).state).toEqual(start);
    expect(click(start, 5, 19).state).toEqual(start);
  });

  test("on an option takes it", () => {
    const list = press(["enter"]).state;
    expect(click(list, 5, 3).state).toMatchObject({ listAt: undefined, choice: { source: "0" } });
    expect(click(list, 5, 4).state.typed).toBe("");
    expect(click(list, 5, 5).state).toEqual(list);
  });

  test("on a past measurement chooses it, once more opens it", () => {
    const history = press(["h"]).state;
    const second = click(history, 5, 3).state;
    expect(second).toMatchObject({ screen: "history", past: 1 });
    expect(click(second, 5, 3).state.screen).toBe("report");
    expect(click(history, 5, 6).state).toEqual(history);
  });

  test("on a key of the bar presses it", () => {
    // " s start   Up Down move   Enter choose   h history ..."
    expect(click(start, 1, 23).effect).toBe("start");
    expect(click(start, 14, 23).state.focus).toBe("server");
    expect(click(press(["end"]).state, 11, 23).state.focus).toBe("chunk");
    expect(click(start, 41, 23).state.screen).toBe("history");
    expect(click(start, 9, 23)).toEqual({ state: start });
    expect(click(press(["?"]).state, 5, 4).state.help).toBe(true);
  });
});

test("the help covers everything and closes with any key", () => {
  expect(press(["?"]).state.help).toBe(true);
  expect(press(["?", "s"])).toMatchObject({ state: { help: false }, effects: [] });
});

test("q leaves from every screen, Ctrl-C also while something is typed", () => {
  for (const keys of [["q"], ["h", "q"], ["h", "enter", "q"], ["enter", "ctrl-c"], ["h", "/", "ctrl-c"]]) {
    expect(press(keys).effects).toEqual(["quit"]);
  }
});

test("no two keys of a screen are the same, and each says what it does", () => {
  for (const keys of [[], ["h"], ["h", "enter"]]) {
    const all = lobbyKeys(press(keys).state, DATA).flatMap((binding) => binding.keys);
    expect(new Set(all).size).toBe(all.length);
  }
  for (const { help } of LOBBY_KEYS) expect(help).toMatch(/^[A-Z].*\.$/);
});

let screen: Screen | undefined;
let leave: (() => void) | undefined;

afterEach(() => {
  leave?.();
});

function show(
  columns: number,
  rows: number,
  env: NodeJS.ProcessEnv = ENV,
  problem?: string,
  data = DATA,
  isProbeDue = false,
) {
  const opened = openScreen(columns, rows, 2);
  screen = opened;
  const lobby = openLobby({
    stdin: opened.stdin,
    stdout: opened.stdout,
    capability: capabilityOf(env),
    display: PLAIN_DISPLAY,
    jobs: { listen: () => () => undefined, stop: () => undefined, isForeground: () => true },
    data,
    problem,
    isProbeDue,
  });
  leave = () => lobby.restoreSync();
  return {
    lobby,
    after: async (keys: string): Promise<string[]> => {
      opened.stdin.press(keys);
      await opened.settled();
      return opened.rows();
    },
  };
}

const DOWN = "\u001B[B";

describe("on the screen", () => {
  test.each([
    [120, 40],
    [80, 24],
    [60, 20],
    [40, 10],
  ] as const)("at %i x %i everything looks as it should", async (columns, rows) => {
    const { after } = show(columns, rows);
    let album = "";
    for (const [name, keys] of [
      ["form", ""],
      ["list", "\r"],
      ["typing", `${DOWN}${DOWN}\r/clips/mine.mp4`],
      ["history", "\rh"],
      ["filter", "/subject\r"],
      ["report", "\r"],
      ["help", "?"],
    ] as const) {
      const lines = await after(keys);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
      expect(lines.slice(rows).join("")).toBe("");
      album += `=== ${name}\n${lines.slice(0, rows).join("\n")}\n`;
    }
    await expect(album).toMatchFileSnapshot(`golden/lobby-${columns}x${rows}.txt`);
  });

  test("says how many there are of the past measurements that are not read", async () => {
    const { after } = show(80, 24, ENV, undefined, { ...DATA, pastCount: 432 });
    expect((await after("h"))[1]).toContain(" the newest 3 of 432 ");
    expect((await after("/subject\r"))[1]).toContain(" /subject  2 of the newest 3 ");
  });

  test("keeps its frame around a folder that was renamed to anything", async () => {
    for (const name of ["2026-11-22T10\u001B[31m\u0007", "测量".repeat(30), "name".repeat(30)]) {
      const history = [past(name, "a.mp4", "completed", 72)];
      const { lobby, after } = show(60, 20, ENV, undefined, { ...DATA, history });
      await after("h");
      for (const [top = "", row = ""] of [(await after("")).slice(1), (await after("\r")).slice(1)]) {
        expect(top).toMatch(/^╭.*╮$/);
        expect(row).toMatch(/^│.*│$/);
        expect(columnsOf(top)).toBe(60);
      }
      lobby.restoreSync();
    }
  });

  test("says why the last choice could not be measured", async () => {
    const { after } = show(80, 24, ENV, "There is no file /tmp/x.mp4: check its spelling.");
    expect((await after("")).join("\n")).toContain("There is no file /tmp/x.mp4");
    expect((await after(DOWN)).join("\n")).not.toContain("There is no file");
  });

  test.each([
    [80, 24],
    [60, 20],
    [40, 10],
  ])("says to the end what is wrong, and how to mend it, at %i x %i", async (columns, rows) => {
    const problem =
      "the folder /srv/lab/dfxterm/measurements cannot be made (read-only file system): " +
      "choose another folder with --state-dir";
    const { after } = show(columns, rows, ENV, problem);
    const lines = await after("");
    expect(lines.slice(-7).join(" ").replaceAll(/\s+/g, " ")).toContain(problem.slice(-60));
    expect(lines.at(rows - 1)).toContain("q quit");
    expect(lines.join("\n")).toContain("\u203A Source");
    // A click meets the line that is seen, and the words make room again.
    const row = lines.findIndex((line) => line.includes("Server")) + 1;
    const clicked = await after(`\u001B[<0;10;${row}M`);
    expect(clicked.join("\n")).toContain("\u203A Server");
    expect(clicked.join("\n")).not.toContain("state-dir");
  });

  test("says in 80 columns what a line is for, also above what is wrong with it", async () => {
    const choice = { ...DATA.choice, server: "moon" };
    const { after } = show(80, 24, ENV, undefined, { ...DATA, choice });
    const [hint = "", problem = ""] = (await after("s")).slice(21);
    expect(hint).toMatch(/^ Finds the pulse. .*computer\.$/);
    expect(problem).toContain('"moon" cannot be chosen here');
    for (const field of Object.values(FIELDS)) expect(field.hint.length).toBeLessThanOrEqual(78);
  });

  test("is plain ASCII where the locale is", async () => {
    const { after } = show(80, 24, { TERM: "xterm", LANG: "C" });
    expect((await after("h")).join("")).toMatch(/^[ -~]+$/);
  });

  test("gives what was chosen, and the terminal back", async () => {
    const { lobby, after } = show(80, 24);
    await after(`${DOWN.repeat(9)}\u001B[Cs`);
    expect(await lobby.chosen).toEqual({ ...DATA.choice, pace: "fast" });
    await screen?.settled();
    expect(screen?.terminal.buffer.active.type).toBe("normal");
    expect(screen?.stdin.isRaw).toBe(false);
  });

  test("gives nothing when the operator leaves or the terminal goes away", async () => {
    const first = show(80, 24);
    await first.after("q");
    expect(await first.lobby.chosen).toBeUndefined();
    const second = show(80, 24);
    screen?.stdout.emit("error", new Error("EIO"));
    expect(await second.lobby.chosen).toBeUndefined();
  });

  test("waits for the last answers of a terminal that is slow, so that the shell does not get them", async () => {
    const { lobby, after } = show(80, 24, ENV, undefined, DATA, true);
    const gone = vi.fn();
    const left = lobby.chosen.then(gone);
    await after("q");
    expect(screen?.stdin.isRaw).toBe(true);
    await after("\u001B[2;2R");
    expect(gone).not.toHaveBeenCalled();
    await after("\u001B[?62;22c");
    await left;
    expect(screen?.stdin.isRaw).toBe(false);
  });

  test("does nothing unseen on a screen that is too small for it", async () => {
    const { lobby, after } = show(30, 6);
    const left = vi.fn();
    const chosen = lobby.chosen.then(left);
    expect((await after(`hs\rq\u001B[<0;2;6M\u001B[200~x\u001B[201~`)).join(" ")).toContain("Need 40x8");
    screen?.resize(80, 24);
    expect((await after("")).join("\n")).toContain("Press s to measure what stands here.");
    screen?.resize(30, 6);
    await after("\u0003");
    await chosen;
    expect(left).toHaveBeenCalledWith(undefined);
  });

  test("follows the size of the terminal", async () => {
    const { after } = show(80, 24);
    await after("");
    screen?.resize(30, 6);
    expect((await after("")).join("\n")).toContain("Need 40x8, have 30x6: Ctrl-C");
    screen?.resize(60, 20);
    // Sizes that follow each other faster than this are taken together.
    await setTimeout(100);
    expect((await after("")).join("\n")).toContain("New measurement");
  });
});
