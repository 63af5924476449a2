import { isOver, type Measurement, type Phase } from "../results/measurement.js";
import { columnsOf, inColumns } from "./columns.js";
import { duration, oneLine, UNKNOWN } from "./format.js";
import { timeText } from "./status-lines.js";
import type { Role, Theme } from "./theme.js";
import { awaitedSeconds, type ViewState } from "./view-model.js";

const PHASES: Readonly<Record<Phase["kind"], readonly [word: string, role: Role]>> = {
  connecting: ["connecting", "warning"],
  ready: ["ready", "accent"],
  measuring: ["measuring", "ok"],
  finishing: ["finishing", "accent"],
  completed: ["complete", "ok"],
  cancelled: ["cancelled", "warning"],
  failed: ["failed", "error"],
};

/** Program, phase and source on the left; server, round trip and time on the right, which is never cut. */
export function headerLine(title: string, state: ViewState, columns: number, theme: Theme): string {
  const { measurement } = state;
  const [word, role] = PHASES[measurement.phase.kind];
  const label = measurement.source ? oneLine(measurement.source.label) : UNKNOWN;
  const phase = theme.paint(role, `${theme.glyphs.dot} ${word}`);
  const head = ` ${theme.paint("strong", oneLine(title))}  ${phase}  `;
  const left = head + label;
  const time = `${timeText(measurement)} `;
  const room = columns - columnsOf(head) - columnsOf(time) - LABEL_MIN;
  const server = columns < SERVER_COLUMNS_MIN ? "" : serverText(state, columns, room, theme);
  const right = `  ${server}${time}`;
  return inColumns(left, Math.max(0, columns - columnsOf(right)), theme.glyphs.more) + right;
}

/** Of the source's name and the gap behind it, when the server's is long. */
const LABEL_MIN = 8;

/** On narrower screens the server stands somewhere else. */
export const SERVER_COLUMNS_MIN = 80;

/** The server and what the connection to it does, in at most so many columns: its name is cut. */
export function serverText(view: ViewState, columns: number, room: number, theme: Theme): string {
  const { server, sendMethod } = view.measurement;
  const network = networkOf(view.measurement);
  const name = columns >= 100 ? `${oneLine(server)} server` : oneLine(server);
  const method = columns >= 100 || sendMethod === "REST" ? sendMethod : "WS";
  const [word, short, role] = NETWORK[network];
  const isTight = columns >= SERVER_COLUMNS_MIN && columns < 100;
  const state = theme.paint(role, isTight ? short.padStart(SHORT_WIDTH) : word.padStart(NETWORK_WIDTH));
  const link = `  ${theme.paint("muted", method)} ${state}${theme.paint(...tripOf(view, network))}   `;
  const left = Math.max(1, room - columnsOf(link));
  return (columnsOf(name) > left ? inColumns(name, left, theme.glyphs.more) : name) + link;
}

/** How long the last answer took; when the next one takes longer, for how long it is waited for. */
function tripOf(view: ViewState, network: keyof typeof NETWORK): [role: Role, text: string] {
  const waitedS = awaitedSeconds(view) ?? 0;
  if (network === "sending" && waitedS > 1) return ["warning", `${waitedS} s`.padStart(TRIP_WIDTH)];
  // The last one says nothing of a server that does not answer.
  const roundTripMs = network === "trouble" ? undefined : view.measurement.roundTripMs;
  return [roundTripMs === undefined ? "muted" : "plain", duration(roundTripMs).padStart(TRIP_WIDTH)];
}

const NETWORK = {
  unknown: ["-", "-", "muted"],
  ok: ["ok", "ok", "ok"],
  sending: ["sending", "send", "accent"],
  trouble: ["trouble", "fail", "warning"],
} as const;
// The same for all words, so that nothing moves when one takes the place of another.
const NETWORK_WIDTH = 7;
const SHORT_WIDTH = 4;
const TRIP_WIDTH = 7;

/** A measurement that ends with one of these has lost its server. */
const OF_THE_NETWORK = new Set(["NETWORK", "SERVER", "WIRE"]);

/** What the connection to the server does now. */
function networkOf({ phase, chunks, hasAnswered, hasTrouble }: Measurement): keyof typeof NETWORK {
  if (hasTrouble || (phase.kind === "failed" && OF_THE_NETWORK.has(phase.failure.code))) return "trouble";
  const isSending = chunks.some(
    ({ sentAtMs, acknowledgedAtMs }) => sentAtMs !== undefined && acknowledgedAtMs === undefined,
  );
  if (isSending) return isOver(phase) ? "unknown" : "sending";
  return hasAnswered ? "ok" : "unknown";
}
