import type { PreviewRequest } from "../domain/preview.js";
import { isOver, type Measurement } from "../results/measurement.js";
import type { MeasurementStore } from "../results/store.js";
import { type Layout, layoutFor, visiblePanels } from "./layout.js";
import { INITIAL_UI, type KeyContext, type UiState } from "./ui-state.js";

/** What the preview costs, for its panel. */
export interface PreviewRate {
  readonly rateHz: number;
  readonly bytesPerS: number;
}

/** Everything the screen shows, at one moment. */
export interface ViewState {
  readonly measurement: Measurement;
  readonly ui: UiState;
  readonly layout: Layout;
  /** On the clock of this screen, which does not begin where the measurement's times do. */
  readonly nowMs: number;
  /** When the current phase began. */
  readonly phaseSinceMs: number;
  /** When frames began to be collected; undefined before that. */
  readonly measuringSinceMs: number | undefined;
  /** When the newest message came. */
  readonly messageSinceMs: number;
  /** Undefined until a picture was painted. */
  readonly previewRate: PreviewRate | undefined;
}

/** Numbers change at most twice a second: faster ones cannot be read. */
const NUMBERS_MS = 500;
/** News (chunks, results, messages) is shown sooner; a change of phase at once. */
const NEWS_MS = 200;
const CLOCK_MS = 1_000;
const PREVIEW_RATE_HZ = 10;

/** Joins measurement, keys, size and time into one state that changes a few times a second at most. */
export class ViewModel {
  readonly #store: MeasurementStore;
  readonly #nowMs: () => number;
  readonly #listeners = new Set<() => void>();
  readonly #unsubscribe: () => void;
  #state: ViewState;
  #shownAtMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #clock: NodeJS.Timeout | undefined;

  constructor(store: MeasurementStore, columns: number, rows: number, nowMs: () => number) {
    this.#store = store;
    this.#nowMs = nowMs;
    this.#state = {
      measurement: store.getSnapshot(),
      ui: INITIAL_UI,
      layout: layoutFor(columns, rows),
      nowMs: nowMs(),
      phaseSinceMs: nowMs(),
      measuringSinceMs: undefined,
      messageSinceMs: nowMs(),
      previewRate: undefined,
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
    if (next.phase.kind !== shown.phase.kind) return this.#publish({});
    const waitMs = onlyProgressDiffers(shown, next) ? NUMBERS_MS : NEWS_MS;
    const dueInMs = this.#shownAtMs + waitMs - this.#nowMs();
    if (dueInMs <= 0) return this.#publish({});
    if (this.#timer && waitMs === NUMBERS_MS) return;
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
    this.#state = {
      ...this.#state,
      ...change,
      measurement,
      nowMs,
      phaseSinceMs: samePhase ? this.#state.phaseSinceMs : nowMs,
      measuringSinceMs: this.#state.measuringSinceMs ?? (measurement.phase.kind === "measuring" ? nowMs : undefined),
      messageSinceMs: measurement.messages === before.messages ? this.#state.messageSinceMs : nowMs,
    };
    this.#shownAtMs = nowMs;
    if (!samePhase) this.#tick();
    for (const listener of this.#listeners) listener();
  }

  /** The clock ticks while something is waited for; in the other phases frames or nobody drive the screen. */
  #tick(): void {
    clearInterval(this.#clock);
    const { kind } = this.#state.measurement.phase;
    if (kind !== "connecting" && kind !== "finishing") return;
    this.#clock = setInterval(() => this.#publish({}), CLOCK_MS);
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
    a.hasTrouble === b.hasTrouble
  );
}

/** What a key that is pressed now would find. */
export function keyContext({ measurement, layout }: ViewState): KeyContext {
  return {
    phase: measurement.phase.kind,
    visible: visiblePanels(layout),
    isSmall: layout.kind === "list",
    messageCount: measurement.messages.length,
  };
}

/** The picture that would be seen now; undefined when none is. */
export function wantedPreview({ measurement, ui, layout }: ViewState): PreviewRequest | undefined {
  if (layout.kind !== "panels" || !layout.picture) return undefined;
  if (!ui.preview || ui.help || isOver(measurement.phase)) return undefined;
  return {
    widthPx: layout.picture.columns,
    heightPx: layout.picture.rows * 2,
    rateHzMax: PREVIEW_RATE_HZ,
    zoom: ui.zoom,
    overlay: ui.overlay,
  };
}
