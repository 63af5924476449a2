import type { PreviewPicture } from "../domain/preview.js";
import type { MeasurementEvent } from "../results/events.js";
import type { Summary } from "../results/summary.js";
import type { Past } from "./resume.js";

/** What the operator can ask for while a measurement runs. */
export interface OperatorActions {
  start(): void;
  cancel(): void;
  /** Saves what is seen now as a PNG file in the measurement's folder; a message tells where. Never rejects. */
  snapshot(): Promise<void>;
}

/** Shows a measurement: the dashboard, plain lines or NDJSON. */
export interface Reporter {
  /** Called after the state was changed by it. */
  event(event: MeasurementEvent): void;
  /** A preview picture to show, or to drop when it cannot be shown. */
  picture(picture: PreviewPicture): void;
  /** The measurement is over. Resolves when the operator has seen it and the terminal is as it was before. */
  finish(summary: Summary): Promise<void>;
  /** Gives the terminal back at once, from a signal handler. */
  restore(): void;
  /** The terminal is gone, and the measurement is to go on: from now on nobody is shown or asked anything. */
  hangUp?(): void;
  /** What the operator wants after `finish`; undefined is to leave. */
  readonly wish?: NextWish;
  /** With "resume": the measurement that goes on, held by this process. */
  readonly past?: Past | undefined;
}

/** "again": the same measurement once more. "new": another one, after the form. "resume": what is missing of this one. */
export type NextWish = "quit" | "again" | "new" | "resume";
