import type { Message } from "../results/measurement.js";
import { clock, oneLine } from "./format.js";
import type { Role, Theme } from "./theme.js";

/** Which messages are shown, and how far back. */
export interface LogView {
  /** Part of the text, whatever its case; empty shows all. */
  readonly filter: string;
  /** The filter is being typed. */
  readonly isTyping: boolean;
  readonly problemsOnly: boolean;
  /** Lines that the newest one lies below the panel. */
  readonly back: number;
}

export const WHOLE_LOG: LogView = { filter: "", isTyping: false, problemsOnly: false, back: 0 };

/** The messages that the view lets through. */
function filtered(messages: readonly Message[], { filter, problemsOnly }: LogView): readonly Message[] {
  const wanted = filter.toLowerCase();
  return messages.filter(
    ({ level, text }) => (!problemsOnly || level !== "info") && (wanted === "" || text.toLowerCase().includes(wanted)),
  );
}

/** How far back the log can go: until its oldest line is on top. */
export function logBackMax(messages: readonly Message[], view: LogView, rows: number): number {
  return Math.max(0, filtered(messages, view).length - rows);
}

/** The view that shows the same lines when messages came; one that shows the newest goes with them. */
export function heldLog(view: LogView, before: readonly Message[], messages: readonly Message[]): LogView {
  if (view.back === 0 || before === messages) return view;
  const last = before.at(-1);
  const come = last === undefined ? messages : messages.slice(messages.lastIndexOf(last) + 1);
  return { ...view, back: view.back + filtered(come, view).length };
}

/** The newest messages as lines, oldest first; `back` never goes beyond the oldest. */
export function logLines(messages: readonly Message[], view: LogView, rows: number, theme: Theme): string[] {
  const shown = filtered(messages, view);
  const end = shown.length - Math.min(view.back, Math.max(0, shown.length - rows));
  if (shown.length === 0 && messages.length > 0) return [theme.paint("muted", " no message passes the filter")];
  return shown.slice(Math.max(0, end - rows), end).map(({ atMs, level, text }) => {
    const word = level === "info" ? "" : `${level}: `;
    return ` ${theme.paint("muted", clock(atMs / 1000))}  ${theme.paint(roleOf(level), word + oneLine(text))}`;
  });
}

/** "all 12", "problems 3 of 12", "/chunk 4 of 12", "all 12, 3 below". */
export function logRemark(messages: readonly Message[], view: LogView, rows: number): string {
  const { filter, isTyping, problemsOnly, back } = view;
  const below = Math.min(back, logBackMax(messages, view, rows));
  const hidden = below === 0 ? "" : `, ${below} below`;
  const words = [...(problemsOnly ? ["problems"] : []), ...(filter !== "" || isTyping ? [`/${oneLine(filter)}`] : [])];
  if (words.length === 0) return `all ${messages.length}${hidden}`;
  return `${words.join(" ")}${isTyping ? "_" : ""}  ${filtered(messages, view).length} of ${messages.length}${hidden}`;
}

export function roleOf(level: Message["level"]): Role {
  return level === "info" ? "plain" : level;
}
