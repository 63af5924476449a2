import { afterEach, describe, expect, test } from "vitest";
import { PLAIN_DISPLAY } from "../../src/domain/display.js";
import type { PreviewRequest } from "../../src/domain/preview.js";
import { MeasurementStore } from "../../src/results/store.js";
import { capabilityOf, type TerminalAnswers } from "../../src/view/capability.js";
import { type Dashboard, type DashboardActions, openDashboard } from "../../src/view/dashboard.js";
import type { JobControl } from "../../src/view/job-control.js";
import { answersIn } from "../../src/view/terminal-probe.js";
import { openScreen, type Screen } from "../helpers/terminal.js";
import {
  answerChunk,
  complete,
  facePicture,
  glow,
  measure,
  newStore,
  open,
  PLANNED_S,
  say,
  sendChunk,
} from "./story.js";

const ENV = { TERM: "xterm-256color", COLORTERM: "truecolor", LANG: "en_US.UTF-8" };
/** The terminal is that much larger than it says, to catch what goes over the edge. */
const SPARE = 4;

/** A shell that can stop the job and let it go on. */
class FakeJobs implements JobControl {
  stops = 0;
  hasTerminal = true;
  #onStop = (): void => undefined;
  #onContinue = (): void => undefined;

  listen(onStop: () => void, onContinue: () => void): () => void {
    this.#onStop = onStop;
    this.#onContinue = onContinue;
    return () => undefined;
  }

  stop(): void {
    this.stops += 1;
  }

  isForeground(): boolean {
    return this.hasTerminal;
  }

  askToStop(): void {
    this.#onStop();
  }

  letGoOn(): void {
    this.#onContinue();
  }
}

interface Stage {
  readonly jobs: FakeJobs;
  readonly screen: Screen;
  readonly store: MeasurementStore;
  readonly dashboard: Dashboard;
  /** "start", "cancel", "quit" in the order they were asked for. */
  readonly asked: string[];
  readonly requests: (PreviewRequest | undefined)[];
  /** Moves the clock on, so that the newest state is shown. */
  show(): Promise<string[]>;
  press(keys: string): Promise<string[]>;
}

const opened: Stage[] = [];

afterEach(async () => {
  for (const { dashboard } of opened.splice(0)) await dashboard.close();
});

function onStage(
  columns: number,
  rows: number,
  env: NodeJS.ProcessEnv = ENV,
  store = newStore(),
  spare = SPARE,
  display = PLAIN_DISPLAY,
  answers: TerminalAnswers = {},
): Stage {
  const screen = openScreen(columns, rows, spare);
  const asked: string[] = [];
  const requests: (PreviewRequest | undefined)[] = [];
  let nowMs = 0;
  const jobs = new FakeJobs();
  const actions: DashboardActions = {
    start: () => asked.push("start"),
    cancel: () => asked.push("cancel"),
    quit: () => asked.push("quit"),
    hangUp: () => asked.push("hangUp"),
    snapshot: () => asked.push("snapshot"),
    report: () => asked.push("report"),
    resume: () => asked.push("resume"),
    requestPreview: (request) => requests.push(request),
  };
  const dashboard = openDashboard({
    stdin: screen.stdin,
    stdout: screen.stdout,
    store,
    actions,
    capability: capabilityOf(env, display, answers),
    display,
    jobs,
    title: "dfxterm",
    nowMs: () => nowMs,
  });
  const stage: Stage = {
    jobs,
    screen,
    store,
    dashboard,
    asked,
    requests,
    async show() {
      nowMs += 1_000;
      store.dispatch({ type: "progress", progress: { ...store.getSnapshot().progress } });
      await screen.settled();
      return screen.rows();
    },
    async press(keys) {
      screen.stdin.press(keys);
      await screen.settled();
      return screen.rows();
    },
  };
  opened.push(stage);
  return stage;
}

/** The scenes of a whole measurement, and words that must be on the screen in each. */
const SCENES: readonly (readonly [string, (store: MeasurementStore) => void, readonly string[]])[] = [
  [
    "connecting",
    (store) => store.dispatch({ type: "phase", phase: { kind: "connecting", step: "signing in" } }),
    ["signing in"],
  ],
  [
    "ready",
    (store) => {
      open(store);
      store.dispatch({ type: "phase", phase: { kind: "ready" } });
    },
    ["press s", "ready", "Heart rate"],
  ],
  [
    "measuring",
    (store) => {
      measure(store, 12.9);
      glow(store, 12.9);
      sendChunk(store, 0);
      answerChunk(store, 0);
      sendChunk(store, 1);
    },
    ["72.41", "N/A", "medium 0.61", "64 %", "00:12", "tracked 99.8 %"],
  ],
  [
    "lost",
    (store) => measure(store, 13.4, { face: "lost", framesDropped: 3 }),
    ["face lost", "3 dropped", "look straight"],
  ],
  [
    "finishing",
    (store) => {
      measure(store, PLANNED_S);
      answerChunk(store, 1);
      sendChunk(store, 2);
      answerChunk(store, 2);
      sendChunk(store, 3);
      say(store, 20, "warning", "the answer to chunk 4 is late");
      store.dispatch({ type: "phase", phase: { kind: "finishing" } });
    },
    ["Waiting for results: 3 of 4", "72.61", "100 %"],
  ],
  [
    "completed",
    (store) => {
      answerChunk(store, 3);
      store.dispatch({ type: "phase", phase: { kind: "completed" } });
    },
    ["Measurement complete", "72.71", "high   0.93", "not a diagnosis", "q quit"],
  ],
];

const SIZES = [
  [200, 60],
  [120, 40],
  [120, 36],
  [100, 30],
  [80, 24],
  [60, 20],
  [50, 12],
  [40, 10],
] as const;

/** Nothing beyond the size that the terminal says it has. */
function expectInside(rows: readonly string[], columns: number, count: number): void {
  for (const row of rows.slice(0, count)) expect(row.length).toBeLessThanOrEqual(columns);
  expect(rows.slice(count).join("")).toBe("");
}

describe("a measurement from start to end", () => {
  test.each(SIZES)("at %i x %i looks as it should in every phase", async (columns, count) => {
    const stage = onStage(columns, count);
    let album = "";
    for (const [name, play, words] of SCENES) {
      play(stage.store);
      const rows = await stage.show();
      expectInside(rows, columns, count);
      expect(stage.screen.terminal.buffer.active.baseY).toBe(0);
      if (columns >= 50) for (const word of words) expect(rows.join("\n").toLowerCase()).toContain(word.toLowerCase());
      album += `=== ${name}\n${rows.slice(0, count).join("\n")}\n`;
    }
    await expect(album).toMatchFileSnapshot(`golden/${columns}x${count}.txt`);
  });

  test.each([
    [120, 40],
    [60, 20],
  ] as const)("that fails at %i x %i says why and what is kept", async (columns, count) => {
    const stage = onStage(columns, count);
    open(stage.store);
    measure(stage.store, 7);
    sendChunk(stage.store, 0);
    const message = "The server stopped answering: check the network and run `dfxterm resume 6f2c`.";
    stage.store.dispatch({ type: "phase", phase: { kind: "failed", failure: { code: "NETWORK", message } } });
    const rows = await stage.show();
    expectInside(rows, columns, count);
    const text = rows.join(" ").replace(/[│ ]+/g, " ");
    expect(text).toContain(message);
    expect(text).toContain("Kept: 1 chunk, 1 acknowledged, results of 0.");
    expect(text).toContain("Measurement failed");
  });

  test("that fails before its first chunk says why, and shows no values", async () => {
    const stage = onStage(80, 24);
    open(stage.store);
    const failure = { code: "NO_FACE", message: "no face was found" } as const;
    stage.store.dispatch({ type: "phase", phase: { kind: "failed", failure } });
    const text = (await stage.show()).join("\n");
    expect(text).toContain("no face was found");
    expect(text).toContain("Nothing was measured.");
    expect(text).not.toContain("Heart rate");
  });

  test("draws with plain characters when the locale is not UTF-8", async () => {
    const stage = onStage(100, 30, { TERM: "xterm-256color", LANG: "C" });
    for (const [, play] of SCENES.slice(0, 3)) play(stage.store);
    const rows = await stage.show();
    expect(rows.join("")).toMatch(/^[ -~]+$/);
    await expect(`${rows.slice(0, 30).join("\n")}\n`).toMatchFileSnapshot("golden/ascii-100x30.txt");
  });

  test("uses no colour at all with NO_COLOR", async () => {
    const stage = onStage(100, 30, { ...ENV, NO_COLOR: "1" });
    complete(stage.store);
    await stage.show();
    expect(stage.screen.stdout.text).not.toMatch(/\[\d[\d;]*m/);
  });
});

/** Without the wall time since measuring began, which is another one for a screen that was opened later. */
function withoutClock(rows: readonly string[]): string[] {
  return rows.map((row) => row.replace(/\d\d:\d\d run/, "run"));
}

describe("a change of size", () => {
  test("in the middle leaves the same screen as if it had always been so", async () => {
    const stage = onStage(120, 40, ENV, newStore(), 0);
    for (const [, play] of SCENES.slice(0, 3)) play(stage.store);
    await stage.show();
    for (const [columns, count] of [
      [80, 24],
      [40, 10],
      [60, 20],
      [200, 60],
      [100, 30],
    ] as const) {
      stage.screen.resize(columns, count);
      await stage.screen.settled();
      const fresh = onStage(columns, count, ENV, new MeasurementStore(stage.store.getSnapshot()), 0);
      expect(withoutClock(await stage.show())).toEqual(withoutClock(await fresh.show()));
    }
  });

  test("asks for a picture of the new size, and for none where it has no room", async () => {
    const stage = onStage(80, 24);
    measure(stage.store, 1);
    await stage.show();
    expect(stage.requests.at(-1)).toEqual({
      widthPx: 38,
      heightPx: 30,
      pixelAspect: 1,
      rateHzMax: 10,
      zoom: false,
      overlay: "regions",
      schematic: false,
      target: false,
    });
    stage.screen.resize(60, 20);
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(stage.requests.at(-1)).toBeUndefined();
    stage.screen.resize(120, 40);
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(stage.requests.at(-1)).toMatchObject({ widthPx: 60, heightPx: 54 });
    expect(stage.requests).toHaveLength(3);
  });

  test("to a size that is not known counts as 80 x 24", async () => {
    const stage = onStage(80, 24);
    measure(stage.store, 1);
    const rows = await stage.show();
    stage.screen.stdout.columns = 0;
    stage.screen.stdout.rows = 0;
    stage.screen.stdout.emit("resize");
    expect(await stage.show()).toEqual(rows);
  });
});

/** Colour of the cell in the middle of the picture; undefined when it has none. */
function middleColor({ screen }: Stage): number | undefined {
  const cell = screen.terminal.buffer.active.getLine(9)?.getCell(20);
  return cell?.isBgRGB() ? cell.getBgColor() : undefined;
}

async function showFace(stage: Stage): Promise<void> {
  for (let picture = 0; picture < 5; picture += 1) {
    await stage.show(); // Moves the clock past the pace.
    const request = stage.requests.at(-1);
    if (request) stage.dashboard.showPreview(facePicture(request, 0));
    await stage.screen.settled();
  }
}

describe("the preview", () => {
  test("stands in its panel, and comes back after the help has covered it", async () => {
    const stage = onStage(80, 24);
    measure(stage.store, 1);
    await showFace(stage);
    const color = middleColor(stage);
    expect(color).toBeGreaterThan(0x808080);
    await stage.press("?");
    expect(stage.requests.at(-1)).toBeUndefined();
    expect(middleColor(stage)).toBeUndefined();
    await stage.press(" ");
    await showFace(stage);
    expect(middleColor(stage)).toBe(color);
  });

  test("survives every update of the numbers around it", async () => {
    const stage = onStage(80, 24);
    measure(stage.store, 1);
    await showFace(stage);
    const color = middleColor(stage);
    const bytes = stage.screen.stdout.bytes;
    for (let second = 2; second < 10; second += 1) {
      measure(stage.store, second);
      await stage.show();
    }
    expect(middleColor(stage)).toBe(color);
    expect(stage.screen.stdout.bytes - bytes).toBeLessThan(8 * 700);
  });

  test("follows p, z and o", async () => {
    const stage = onStage(80, 24);
    measure(stage.store, 1);
    await stage.press("z");
    expect(stage.requests.at(-1)).toMatchObject({ zoom: true, overlay: "regions" });
    await stage.press("o");
    expect(stage.requests.at(-1)).toMatchObject({ zoom: true, overlay: "mesh" });
    expect((await stage.press("p")).join("\n")).toContain("preview is off");
    expect(stage.requests.at(-1)).toBeUndefined();
  });

  test("in sixels is made for another font as soon as the terminal tells of it, and nothing stays under it", async () => {
    const cell = "\u001B[16t";
    const answers = answersIn(["\u001B[6;20;10t", "\u001B[?62;4c"]);
    const display = { ...PLAIN_DISPLAY, preview: "sixel" as const };
    const stage = onStage(80, 24, ENV, newStore(), SPARE, display, answers);
    measure(stage.store, 1);
    await showFace(stage);
    const before = stage.requests.at(-1);
    const { stdout } = stage.screen;
    const pictures = stdout.text.split("\u001BP").length;
    expect(pictures).toBeGreaterThan(1);
    expect(stdout.text.split(cell)).toHaveLength(pictures);
    stdout.text = "";
    await stage.press("\u001B[6;20;10t");
    expect(stage.requests.at(-1)).toBe(before);
    expect(stdout.text).toBe("");
    await stage.press("\u001B[6;16;8t");
    const after = stage.requests.at(-1);
    expect(after).not.toEqual(before);
    // Every line once more, and with it what the picture lay over.
    expect(stdout.text).toContain("Heart rate");
    expect(stdout.text).toContain("overlay");
    await showFace(stage);
    expect(stdout.text).toContain("\u001BP");
  });

  test("of a wrong size is dropped", async () => {
    const stage = onStage(80, 24);
    measure(stage.store, 1);
    await stage.show();
    const { bytes } = stage.screen.stdout;
    stage.dashboard.showPreview({ widthPx: 10, heightPx: 10, rgb: new Uint8Array(300) });
    expect(stage.screen.stdout.bytes).toBe(bytes);
  });
});

describe("keys", () => {
  test("s starts when the measurement is ready", async () => {
    const stage = onStage(80, 24);
    await stage.press("s");
    expect(stage.asked).toEqual([]);
    stage.store.dispatch({ type: "phase", phase: { kind: "ready" } });
    await stage.press("s");
    expect(stage.asked).toEqual(["start"]);
  });

  test("q asks before it cancels, and then says that it cancels", async () => {
    const stage = onStage(80, 24);
    measure(stage.store, 1);
    expect((await stage.press("q")).join("\n")).toContain("Cancel the measurement?");
    expect((await stage.press("n")).join("\n")).not.toContain("Cancel the measurement?");
    await stage.press("q");
    expect((await stage.press("y")).join("\n")).toContain("Cancelling");
    expect(stage.asked).toEqual(["cancel"]);
  });

  test("an Esc is told from an arrow", async () => {
    const stage = onStage(80, 24);
    measure(stage.store, 1);
    expect((await stage.press("\u001B[A")).join("\n")).not.toContain("Cancel the");
    await stage.press("\u001B");
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await stage.press("")).join("\n")).toContain("Cancel the measurement?");
  });

  test("Ctrl-C cancels, and leaves the second time", async () => {
    const stage = onStage(80, 24);
    measure(stage.store, 1);
    expect((await stage.press("\u0003")).join("\n")).toContain("Ctrl-C again");
    await stage.press("\u0003");
    expect(stage.asked).toEqual(["cancel", "quit"]);
  });

  test("the help lists every key of the bar", async () => {
    const stage = onStage(80, 24);
    const rows = await stage.press("?");
    for (const word of ["Start the measurement", "Ctrl-C", "Draw the regions", "Any key goes back"]) {
      expect(rows.join("\n")).toContain(word);
    }
  });

  test("the bar shows what keys do in the help and in the filter, where letters do nothing else", async () => {
    const stage = onStage(80, 24);
    measure(stage.store, 3);
    expect((await stage.press("")).at(23)).toContain("c cancel");
    expect((await stage.press("?")).at(23)).toBe("");
    expect((await stage.press("x/")).at(23)).toBe(" Enter keep   Esc clear");
    expect((await stage.press("\r")).at(23)).toContain("c cancel");
  });

  test("Ctrl-L paints everything again", async () => {
    const stage = onStage(80, 24);
    const rows = await stage.show();
    stage.screen.terminal.write("\u001B[5;5Hgarbage from another program");
    await stage.screen.settled();
    expect(stage.screen.rows()).not.toEqual(rows);
    expect(await stage.press("\u000C")).toEqual(rows);
  });
});

describe("the end", () => {
  test("tells the length of the video, not the whole seconds of its last chunk", async () => {
    const stage = onStage(80, 24);
    measure(stage.store, 12.07);
    stage.store.dispatch({ type: "extracted", atMs: 1, number: 0, startS: 0, endS: 13 });
    stage.store.dispatch({ type: "phase", phase: { kind: "completed" } });
    expect((await stage.show()).join("\n")).toContain("1 chunk, 12.1 s");
  });

  test("comes when the operator leaves the final screen, not before", async () => {
    const stage = onStage(80, 24);
    let isDismissed = false;
    const noteDismissal = async () => {
      await stage.dashboard.dismissed;
      isDismissed = true;
    };
    const noted = noteDismissal();
    complete(stage.store);
    await stage.press("x");
    expect(isDismissed).toBe(false);
    await stage.press("\r");
    await noted;
    expect(isDismissed).toBe(true);
  });

  test("gives the terminal back, once", async () => {
    const { dashboard, screen, store } = onStage(80, 24);
    await screen.settled();
    expect(screen.terminal.buffer.active.type).toBe("alternate");
    expect(screen.stdin.isRaw).toBe(true);
    await Promise.all([dashboard.close(), dashboard.close()]);
    await dashboard.close();
    dashboard.restoreSync();
    await screen.settled();
    expect(screen.terminal.buffer.active.type).toBe("normal");
    expect(screen.terminal.modes).toMatchObject({ bracketedPasteMode: false, wraparoundMode: true });
    expect(screen.stdin.isRaw).toBe(false);
    expect(screen.stdout.text.split("\u001B[?1049l")).toHaveLength(2);
    expect(screen.stdout.text.lastIndexOf("\u001B[?25h")).toBeGreaterThan(
      screen.stdout.text.lastIndexOf("\u001B[?25l"),
    );
    const { bytes } = screen.stdout;
    measure(store, 3);
    dashboard.showPreview({ widthPx: 38, heightPx: 30, rgb: new Uint8Array(38 * 30 * 3) });
    screen.resize(100, 30);
    await screen.settled();
    expect(screen.stdout.bytes).toBe(bytes);
  });

  test("leaves nothing of the dashboard where there is no alternate screen", async () => {
    const { dashboard, screen } = onStage(80, 24);
    await screen.settled();
    await dashboard.close();
    // As GNU screen reads it by default.
    const one = openScreen(80, 24);
    one.terminal.write(screen.stdout.text.replaceAll("\u001B[?1049h", "").replaceAll("\u001B[?1049l", ""));
    one.stdout.write("the summary");
    await one.settled();
    expect(one.rows().join("")).toBe("the summary");
  });

  test("can be at once, for signal handlers", () => {
    const { dashboard, screen } = onStage(80, 24);
    dashboard.restoreSync();
    expect(screen.stdout.text).toContain("\u001B[?1049l");
    expect(screen.stdin.isRaw).toBe(false);
  });

  test("comes by itself when the terminal is gone", async () => {
    const { dashboard, screen, asked } = onStage(80, 24);
    screen.stdout.emit("error", new Error("EIO"));
    await dashboard.dismissed;
    expect(asked).toEqual(["hangUp"]);
  });
});

test("nothing is written while nothing happens", async () => {
  const stage = onStage(80, 24);
  open(stage.store);
  stage.store.dispatch({ type: "phase", phase: { kind: "ready" } });
  await stage.show();
  const { bytes } = stage.screen.stdout;
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(stage.screen.stdout.bytes).toBe(bytes);
});

describe("advice", () => {
  test("takes the place of the calm line, the most urgent alone, at every size", async () => {
    for (const [columns, rows] of [
      [120, 40],
      [80, 24],
      [50, 12],
    ] as const) {
      const stage = onStage(columns, rows);
      open(stage.store);
      measure(stage.store, 3, { advice: ["ImageDark", "FaceMovement"] });
      const text = (await stage.show()).join("\n");
      expect(text).toContain("Too dark: bring more light onto your face.");
      expect(text).not.toContain("Hold still");
      measure(stage.store, 6, { advice: [] });
      expect((await stage.show()).join("\n")).toContain("Hold still and keep the light steady.");
    }
  });

  test("says why a camera is not ready, and fits into 50 columns", async () => {
    const stage = onStage(50, 12);
    open(stage.store);
    const { source } = stage.store.getSnapshot();
    if (!source) throw new Error("no source");
    const asOpened = { type: "opened", plannedS: 30, plannedChunks: 6 } as const;
    const { progress } = stage.store.getSnapshot();
    stage.store.dispatch({ ...asOpened, source: { ...source, kind: "camera" } });
    stage.store.dispatch({ type: "progress", progress: { ...progress, advice: ["FaceFar"], violated: "FaceFar" } });
    stage.store.dispatch({ type: "phase", phase: { kind: "ready" } });
    expect((await stage.show()).join("\n")).toContain("Not ready: Come closer to the camera.");
    stage.store.dispatch({ ...asOpened, source });
    const rows = await stage.show();
    expect(rows.join("\n")).toContain("Ready. Come closer to the camera.");
    expect(rows.every((row) => row.trimEnd().length <= 50)).toBe(true);
  });
});

describe("Ctrl-Z", () => {
  test("gives the terminal back and stops the job; all is painted again when it goes on", async () => {
    const stage = onStage(80, 24);
    measure(stage.store, 1);
    const rows = await stage.show();
    await stage.press("\u001A");
    expect(stage.jobs.stops).toBe(1);
    expect(stage.screen.terminal.buffer.active.type).toBe("normal");
    expect(stage.screen.terminal.modes).toMatchObject({ bracketedPasteMode: false, mouseTrackingMode: "none" });
    expect(stage.screen.stdin.isRaw).toBe(false);
    const { bytes } = stage.screen.stdout;
    measure(stage.store, 5);
    stage.jobs.letGoOn();
    await stage.screen.settled();
    expect(stage.screen.stdout.bytes).toBeGreaterThan(bytes);
    expect(stage.screen.terminal.buffer.active.type).toBe("alternate");
    expect(stage.screen.stdin.isRaw).toBe(true);
    measure(stage.store, 1);
    expect(withoutClock(await stage.show())).toEqual(withoutClock(rows));
  });

  test("paints for the size that the terminal has by then", async () => {
    const stage = onStage(80, 24, ENV, newStore(), 0);
    measure(stage.store, 1);
    await stage.show();
    await stage.press("\u001A");
    stage.screen.resize(120, 40);
    stage.jobs.letGoOn();
    expect((await stage.show())[0]).toContain("local server");
  });

  test("comes back by itself where nobody can stop the job", async () => {
    const stage = onStage(80, 24);
    await stage.press("\u001A");
    expect(stage.screen.terminal.buffer.active.type).toBe("normal");
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(stage.screen.terminal.buffer.active.type).toBe("alternate");
  });

  test("and bg leaves the terminal to the shell until fg", async () => {
    const stage = onStage(80, 24);
    measure(stage.store, 1);
    await stage.press("\u001A");
    stage.jobs.hasTerminal = false;
    stage.jobs.letGoOn();
    const { bytes } = stage.screen.stdout;
    measure(stage.store, 2);
    // Longer than a stop that does not happen takes.
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(stage.screen.stdout.bytes).toBe(bytes);
    expect(stage.screen.terminal.buffer.active.type).toBe("normal");
    expect(stage.screen.stdin.isRaw).toBe(false);
    // `fg` of a job that runs sends no signal.
    stage.jobs.hasTerminal = true;
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect((await stage.show()).join("\n")).toContain("1 Preview");
    expect(stage.screen.stdin.isRaw).toBe(true);
  });

  test("does not stop a camera that is being measured, and says so", async () => {
    const stage = onStage(80, 24);
    open(stage.store);
    const { source } = stage.store.getSnapshot();
    if (!source) throw new Error("no source");
    stage.store.dispatch({ type: "opened", source: { ...source, kind: "camera" }, plannedS: 30, plannedChunks: 6 });
    measure(stage.store, 1);
    await stage.press("\u001A");
    expect((await stage.show()).join("\n")).toContain("not suspended");
    expect(stage.jobs.stops).toBe(0);
  });

  test("of another program does the same, and so does a stop that nobody asked us about", async () => {
    const stage = onStage(80, 24);
    measure(stage.store, 1);
    const rows = await stage.show();
    stage.jobs.askToStop();
    await stage.screen.settled();
    expect(stage.jobs.stops).toBe(1);
    stage.jobs.letGoOn();
    stage.screen.terminal.write("\u001B[?1049l\u001B[2Jsomething of the shell");
    stage.screen.stdin.setRawMode(false);
    stage.jobs.letGoOn();
    expect(withoutClock(await stage.show())).toEqual(withoutClock(rows));
    expect(stage.screen.stdin.isRaw).toBe(true);
  });
});

function click(column: number, row: number): string {
  return `\u001B[<0;${column};${row}M`;
}

describe("the mouse", () => {
  test("presses keys of the bar, chooses a panel and makes it large", async () => {
    const stage = onStage(80, 24);
    measure(stage.store, 1);
    expect((await stage.press(click(2, 24))).join("\n")).toContain("Cancel the measurement?");
    await stage.press("n");
    expect((await stage.press(click(60, 3))).join("\n")).toContain("2 \u203A Vitals");
    expect((await stage.press(click(60, 3))).join("\n")).not.toContain("1 Preview");
    expect((await stage.press(click(60, 3))).join("\n")).toContain("1 Preview");
  });

  test("presses nothing into a filter or an answer", async () => {
    const stage = onStage(120, 40);
    measure(stage.store, 1);
    await stage.press("/ab");
    const onLog = click(5, 36);
    expect((await stage.press(onLog + onLog)).join("\n")).toContain("/ab_");
    await stage.press("\rq");
    expect((await stage.press(onLog + onLog)).join("\n")).toContain("y yes   n no");
  });

  test("is left alone with --no-mouse, and given back at the end", async () => {
    const without = onStage(80, 24, ENV, newStore(), SPARE, { ...PLAIN_DISPLAY, mouse: false });
    await without.screen.settled();
    expect(without.screen.terminal.modes.mouseTrackingMode).toBe("none");
    const stage = onStage(80, 24);
    await stage.screen.settled();
    expect(stage.screen.terminal.modes.mouseTrackingMode).toBe("vt200");
    await stage.dashboard.close();
    await stage.screen.settled();
    expect(stage.screen.terminal.modes.mouseTrackingMode).toBe("none");
  });
});

describe("panels", () => {
  test("are hidden, shown and made large by keys", async () => {
    const stage = onStage(100, 30);
    measure(stage.store, 1);
    await stage.show();
    expect((await stage.press("1")).join("\n")).not.toContain("1 Preview");
    expect(stage.requests.at(-1)).toBeUndefined();
    expect((await stage.press("15")).join("\n")).toContain("5 Spectrum");
    const large = await stage.press("\t\tf");
    expect(large[1]).toMatch(/^\u256D 2 \u203A Vitals .*\u256E$/);
    expect(large[1]).toHaveLength(100);
  });

  test("of a small screen are shown one at a time, the picture too", async () => {
    const stage = onStage(60, 20);
    measure(stage.store, 1);
    await stage.show();
    expect((await stage.press("1")).join("\n")).toContain("1 \u203A Preview");
    expect(stage.requests.at(-1)).toMatchObject({ widthPx: 58 });
    expect((await stage.press("7")).join("\n")).toContain("7 \u203A Log");
    expect((await stage.press("7")).join("\n")).not.toContain("Log");
  });

  test("the log shows what passes the filter", async () => {
    const stage = onStage(100, 30);
    measure(stage.store, 1);
    say(stage.store, 1, "info", "chunk 1 acknowledged in 3 ms");
    say(stage.store, 2, "warning", "the light is weak");
    const typing = (await stage.press("/LIGHT")).join("\n");
    expect(typing).toContain("/LIGHT_  1 of 2");
    expect(typing).not.toContain("acknowledged");
    expect((await stage.press("\r")).join("\n")).toContain("/LIGHT  1 of 2");
    expect((await stage.press("/\u001B")).length).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await stage.press("e")).join("\n")).toContain("problems  1 of 2");
  });
});

describe("when it is over", () => {
  test("the screen says where everything is, and rings when that was asked for", async () => {
    const stage = onStage(120, 40);
    complete(stage.store);
    const { summarise } = await import("../../src/results/summary.js");
    const paths = {
      folder: "/state/2026-11-22T10-21-07-6f2c",
      chunks: null,
      results: null,
      snapshot: null,
      faces: null,
    };
    stage.dashboard.showSummary(summarise(stage.store.getSnapshot(), paths, 20), "\u0007\u001B]9;over\u0007");
    expect((await stage.show()).join("\n")).toContain("Saved in /state/2026-11-22T10-21-07-6f2c");
    expect(stage.screen.stdout.text).toContain("\u0007\u001B]9;over\u0007");
  });

  test("e asks for a report, and a sentence tells what came of it", async () => {
    const stage = onStage(120, 40);
    complete(stage.store);
    expect((await stage.press("e")).join("\n")).toContain("e report");
    expect(stage.asked).toEqual(["report"]);
    stage.dashboard.showAnswer("Report in /state/report.html");
    expect((await stage.show()).join("\n")).toContain("Report in /state/report.html");
  });

  test("r asks for the same once more", async () => {
    const stage = onStage(80, 24);
    complete(stage.store);
    expect((await stage.press("r")).join("\n")).toContain("r again");
    expect(await stage.dashboard.dismissed).toBe("again");
  });
});

test("what was pressed before the screen was there counts", async () => {
  const screen = openScreen(80, 24);
  const store = newStore();
  store.dispatch({ type: "phase", phase: { kind: "ready" } });
  const asked: string[] = [];
  const dashboard = openDashboard({
    stdin: screen.stdin,
    stdout: screen.stdout,
    store,
    capability: capabilityOf(ENV, PLAIN_DISPLAY),
    display: PLAIN_DISPLAY,
    jobs: new FakeJobs(),
    early: [{ kind: "key", key: "s" }],
    title: "dfxterm",
    nowMs: () => 0,
    actions: {
      start: () => asked.push("start"),
      cancel: () => undefined,
      quit: () => undefined,
      hangUp: () => undefined,
      snapshot: () => undefined,
      report: () => undefined,
      resume: () => undefined,
      requestPreview: () => undefined,
    },
  });
  expect(asked).toEqual(["start"]);
  await dashboard.close();
});
