import type { PreviewOverlay } from "../domain/preview.js";
import type { Phase } from "../results/measurement.js";
import type { ShownPulse } from "../results/shown-pulse.js";
import { EVERY_PANEL, type PanelChoice } from "./layout.js";
import { type LogView, WHOLE_LOG } from "./log-lines.js";
import type { PanelId } from "./panels.js";

/** What the operator has set on the screen; nothing of the measurement. */
export interface UiState {
  readonly preview: boolean;
  readonly zoom: boolean;
  readonly overlay: PreviewOverlay;
  readonly panels: PanelChoice;
  /** The panel that `f` makes large; undefined is the first one. */
  readonly focus: PanelId | undefined;
  /** Which signal wave and spectrum show while both are there. */
  readonly pulse: ShownPulse["from"];
  readonly log: LogView;
  readonly help: boolean;
  /** Lines of the help that lie above its panel. */
  readonly helpTop: number;
  /** The measurement is about to be given up, and a yes or no is awaited. */
  readonly asking: boolean;
  /** Cancelling was asked for; `interrupt` when by Ctrl-C, which leaves at once the second time. */
  readonly cancelling: "no" | "key" | "interrupt";
}

export const INITIAL_UI: UiState = {
  preview: true,
  zoom: false,
  overlay: "regions",
  panels: EVERY_PANEL,
  focus: undefined,
  pulse: "live",
  log: WHOLE_LOG,
  help: false,
  helpTop: 0,
  asking: false,
  cancelling: "no",
};

/** What a key asks of the program. */
export type Effect =
  | "start"
  | "cancel"
  | "quit"
  | "dismiss"
  | "again"
  | "new"
  | "resume"
  | "report"
  | "repaint"
  | "suspend"
  | "snapshot";

/** What the operator wants when the measurement is over. */
export type NextWish = "quit" | "again" | "new" | "resume";

export interface Press {
  readonly ui: UiState;
  readonly effect?: Effect;
}

export type PhaseKind = Phase["kind"];

/** What a key finds when it is pressed. */
export interface KeyContext {
  readonly phase: PhaseKind;
  /** It is over, but what is missing can still be measured or sent. */
  readonly canResume: boolean;
  /** The same can be measured once more. */
  readonly canRepeat: boolean;
  /** Panels that are on the screen, in the order of the focus; empty on a screen that is too small for any. */
  readonly visible: readonly PanelId[];
  /** Too small for panels side by side: one at a time can be shown. */
  readonly isSmall: boolean;
  /** Too small for anything but one sentence. */
  readonly isTiny: boolean;
  /** False: the preview can never be seen. */
  readonly hasPicture: boolean;
  /** Lines of the log, of those that pass its filter, that can lie below its panel. */
  readonly logBackMax: number;
  /** Lines of the help that can lie above its panel. */
  readonly helpTopMax: number;
}
