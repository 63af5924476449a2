import type { PreviewRequest } from "../domain/preview.js";
import { isOver, type Measurement } from "../results/measurement.js";
import type { MeasurementStore } from "../results/store.js";
import type { Summary } from "../results/summary.js";
import { waitingOf } from "../results/waiting.js";
import type { PictureMode } from "./capability.js";
import type { CellSize } from "./cell-size.js";
import { helpTopMax } from "./help-lines.js";
import { PICTURED } from "./key-table.js";
import { type Layout, layoutFor, logRowsOf, visiblePanels } from "./layout.js";
import { heldLog, logBackMax } from "./log-lines.js";
import { pictureSize } from "./picture-size.js";
import type { PreviewRate } from "./preview-feed.js";
import { INITIAL_UI, type KeyContext, type UiState } from "./ui-state.js";

/** Everything the screen shows, at one moment. */
export interface ViewState {
  readonly measurement: Measurement;
  readonly ui: UiState;
  readonly layout: Layout;
  /** False: there is no picture, whatever is pressed. */
  readonly hasPicture: boolean;
  /** False: the source is over, and cannot be opened once more. */
  readonly canRepeat: boolean;
  /** On the clock of this screen, which does not begin where the measurement's times do. */
  readonly nowMs: number;
  /** When what is waited for now began. */
  readonly waitingSinceMs: number;
  /** When frames began to be collected; undefined before that. */
  readonly measuringSinceMs: number | undefined;
  /** When there was progress with pictures or chunks, or the phase began. */
  readonly progressSinceMs: number;
  /** When the newest message came. */
  readonly messageSinceMs: number;
  /** Undefined until a picture was painted. */
  readonly previewRate: PreviewRate | undefined;
  /** Undefined until everything is written. */
  readonly summary: Summary | undefined;
  /** What came of a key of the last screen. */
  readonly answer: string | undefined;
}

/** Numbers change at most twice a second: faster ones cannot be read. */
const NUMBERS_MS = 500;
/** News (chunks, results, messages) is shown sooner; a change of phase and the first picture at once. */
const NEWS_MS = 200;
const CLOCK_MS = 1_000;
/** Progress is told four times a second: when it is not for so long, no pictures come. */
const SILENT_MS = 1_500;
/** With --low-bandwidth numbers change this seldom, and the clock does not show seconds. */
const SLOW_NUMBERS_MS = 2_000;
const SLOW_CLOCK_MS = 10_000;

export interface ModelOptions {
  readonly columns: number;
  readonly rows: number;
  readonly nowMs: () => number;
  readonly lowBandwidth?: boolean;
  /** False: there will be none, whatever is pressed. */
  readonly hasPicture?: boolean;
  /** False: the source cannot be opened once more. */
  readonly canRepeat?: boolean;
}

const WITHOUT_PICTURE: UiState = {
  ...INITIAL_UI,
  preview: false,
  panels: { ...INITIAL_UI.panels, hidden: ["preview"] },
};

/** Joins measurement, keys, size and time into one state that changes a few times a second at most. */
export class ViewModel {
  readonly #store: MeasurementStore;
  readonly #nowMs: () => number;
  readonly #numbersMs: number;
  readonly #clockMs: number;
  readonly #listeners = new Set<() => void>();
  readonly #unsubscribe: () => void;
  #state: ViewState;
  #shownAtMs = Number.NEGATIVE_INFINITY;
  #progressAtMs: number;
  #newest: Measurement;
  #timer: NodeJS.Timeout | undefined;
  #clock: NodeJS.Timeout | undefined;

  constructor(
    store: MeasurementStore,
    { columns, rows, nowMs, lowBandwidth = false, hasPicture = true, canRepeat = true }: ModelOptions,
  ) {
    this.#store = store;
    this.#nowMs = nowMs;
    this.#numbersMs = lowBandwidth ? SLOW_NUMBERS_MS : NUMBERS_MS;
    this.#clockMs = lowBandwidth ? SLOW_CLOCK_MS : CLOCK_MS;
    this.#progressAtMs = nowMs();
    this.#newest = store.getSnapshot();
    this.#state = {
      measurement: store.getSnapshot(),
      ui: hasPicture ? INITIAL_UI : WITHOUT_PICTURE,
      hasPicture,
      canRepeat,
      layout: layoutFor(columns, rows, hasPicture ? INITIAL_UI.panels : WITHOUT_PICTURE.panels),
      nowMs: nowMs(),
      waitingSinceMs: nowMs(),
      measuringSinceMs: undefined,
      progressSinceMs: nowMs(),
      messageSinceMs: nowMs(),
      previewRate: undefined,
      summary: undefined,
      answer: undefined,
    };
    this.#unsubscribe = store.subscribe(this.#changed);
    this.#tick();
  }

  readonly getSnapshot = (): ViewState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  setUi(ui: UiState): void {
    if (ui === this.#state.ui) return;
    const { columns, rows } = this.#state.layout;
    this.#publish(ui.panels === this.#state.ui.panels ? { ui } : { ui, layout: layoutFor(columns, rows, ui.panels) });
  }

  resize(columns: number, rows: number): void {
    this.#publish({ layout: layoutFor(columns, rows, this.#state.ui.panels) });
  }

  setSummary(summary: Summary): void {
    this.#publish({ summary });
  }

  setAnswer(answer: string): void {
    this.#publish({ answer });
  }

  setPreviewRate(previewRate: PreviewRate): void {
    this.#publish({ previewRate });
  }

  close(): void {
    this.#unsubscribe();
    clearTimeout(this.#timer);
    clearInterval(this.#clock);
    this.#listeners.clear();
  }

  readonly #changed = (): void => {
    const shown = this.#state.measurement;
    const next = this.#store.getSnapshot();
    // What the server has taken makes room for pictures.
    const { progress, chunks, phase } = this.#newest;
    const isNews = next.progress !== progress || next.chunks !== chunks || next.phase.kind !== phase.kind;
    if (isNews) this.#progressAtMs = this.#nowMs();
    this.#newest = next;
    if (next.phase.kind !== shown.phase.kind) return this.#publish({});
    const isFirst = shown.progress.framesRead === 0 && next.progress.framesRead > 0;
    if (isFirst) return this.#publish({});
    const waitMs = onlyProgressDiffers(shown, next) ? this.#numbersMs : NEWS_MS;
    const dueInMs = this.#shownAtMs + waitMs - this.#nowMs();
    if (dueInMs <= 0) return this.#publish({});
    if (this.#timer && waitMs === this.#numbersMs) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#publish({}), dueInMs);
  };

  #publish(change: Partial<ViewState>): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const nowMs = this.#nowMs();
    const measurement = this.#store.getSnapshot();
    const before = this.#state.measurement;
    const samePhase = measurement.phase.kind === before.phase.kind;
    const sameWait = waitingOf(measurement)?.kind === waitingOf(before)?.kind;
    const ui = change.ui ?? this.#state.ui;
    const log = heldLog(ui.log, before.messages, measurement.messages);
    this.#state = {
      ...this.#state,
      ...change,
      ui: log === ui.log ? ui : { ...ui, log },
      measurement,
      nowMs,
      waitingSinceMs: sameWait ? this.#state.waitingSinceMs : nowMs,
      measuringSinceMs: this.#state.measuringSinceMs ?? (measurement.phase.kind === "measuring" ? nowMs : undefined),
      progressSinceMs: this.#progressAtMs,
      messageSinceMs: measurement.messages === before.messages ? this.#state.messageSinceMs : nowMs,
    };
    this.#shownAtMs = nowMs;
    if (!samePhase) this.#tick();
    for (const listener of this.#listeners) listener();
  }

  /** The clock ticks while something is waited for: a server, or pictures that do not come. */
  #tick(): void {
    clearInterval(this.#clock);
    const { kind } = this.#state.measurement.phase;
    if (kind !== "connecting" && kind !== "finishing" && kind !== "measuring") return;
    this.#clock = setInterval(() => {
      const isSilent = this.#nowMs() - this.#progressAtMs >= SILENT_MS;
      if (kind !== "measuring" || isSilent || waitingOf(this.#newest)) this.#publish({});
    }, this.#clockMs);
    this.#clock.unref();
  }
}

function onlyProgressDiffers(a: Measurement, b: Measurement): boolean {
  return (
    a.phase === b.phase &&
    a.chunks === b.chunks &&
    a.metrics === b.metrics &&
    a.messages === b.messages &&
    a.wave === b.wave &&
    a.source === b.source &&
    a.measurementId === b.measurementId &&
    a.roundTripMs === b.roundTripMs &&
    a.hasAnswered === b.hasAnswered &&
    a.hasTrouble === b.hasTrouble
  );
}

/** Seconds without a picture while pictures are measured; undefined while they come. */
export function silentSeconds({ measurement, nowMs, progressSinceMs }: ViewState): number | undefined {
  const silentMs = nowMs - progressSinceMs;
  return measurement.phase.kind === "measuring" && silentMs >= SILENT_MS ? Math.floor(silentMs / 1000) : undefined;
}

/** For how many seconds something is waited for now; undefined when nothing is. */
export function awaitedSeconds({ measurement, nowMs, waitingSinceMs }: ViewState): number | undefined {
  return waitingOf(measurement) && Math.floor((nowMs - waitingSinceMs) / 1000);
}

/** What a key that is pressed now would find. */
export function keyContext({ measurement, summary, layout, ui, hasPicture, canRepeat }: ViewState): KeyContext {
  const { columns, rows } = layout;
  const canResume = summary?.canResume === true;
  return {
    phase: measurement.phase.kind,
    canResume,
    // Where nothing was measured, going on is the same once more.
    canRepeat: canRepeat && !(canResume && measurement.chunks.length === 0),
    visible: visiblePanels(layout),
    isSmall: layout.kind === "list",
    isTiny: layout.kind === "tiny",
    hasPicture,
    logBackMax: logBackMax(measurement.messages, ui.log, logRowsOf(layout)),
    helpTopMax: ui.help ? helpTopMax({ columns, rows, isOver: isOver(measurement.phase) }) : 0,
  };
}

/** The picture that would be seen now; undefined when none is. */
export function wantedPreview(
  { measurement, ui, layout, previewRate }: ViewState,
  { mode, cell, rateHzMax }: PreviewShape,
): PreviewRequest | undefined {
  if (layout.kind !== "panels" || !layout.picture) return undefined;
  if (!ui.preview || ui.help || !PICTURED.includes(measurement.phase.kind)) return undefined;
  const size = pictureSize(mode, layout.picture.columns, layout.picture.rows, cell);
  if (!size) return undefined;
  const { zoom, overlay } = ui;
  const schematic = previewRate?.isCrawling ?? false;
  return { ...size, rateHzMax, zoom, overlay, schematic, target: measurement.phase.kind === "ready" };
}

/** How pictures come to this terminal. */
export interface PreviewShape {
  readonly mode: PictureMode;
  readonly cell: CellSize;
  readonly rateHzMax: number;
}
