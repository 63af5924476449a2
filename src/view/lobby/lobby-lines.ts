import { SETUP_FIELDS, type SetupData } from "../../domain/setup.js";
import { columnsOf, endInColumns, inColumns } from "../columns.js";
import { fit, inRows, oneLine, wrapped } from "../format.js";
import { panelStack } from "../panel-stack.js";
import type { Theme } from "../theme.js";
import { lobbyBar } from "./lobby-bar.js";
import type { LobbyView } from "./lobby-model.js";
import { type LobbyState, pastShown } from "./lobby-state.js";
import { helpText, KEY_COLUMNS, reportText } from "./lobby-texts.js";
import { COLUMNS_MIN, firstAround, isTooSmall, OTHER_ROWS, pageRows, problemLines, ROWS_MIN } from "./lobby-window.js";
import { FIELDS, shownValue } from "./setup-fields.js";

/** The whole terminal before a measurement: the form, past measurements, one of them. */
export function lobbyLines(view: LobbyView, theme: Theme): string[] {
  const { columns, rows } = view;
  const lines = isTooSmall(view)
    ? wrapped(`Need ${COLUMNS_MIN}x${ROWS_MIN}, have ${columns}x${rows}: Ctrl-C quits`, columns)
    : screenOf(view, theme);
  return inRows(lines, rows).map((line) => inColumns(line, columns, theme.glyphs.more));
}

function screenOf(view: LobbyView, theme: Theme): string[] {
  const { state, data, columns, rows } = view;
  const inner = pageRows(view);
  const page = pageOf(state, data, columns - 2, inner, theme);
  return [
    headerLine(columns, theme),
    ...panelStack(columns, [{ ...page, rows: inner }], theme),
    ...wordsBelow(page.hint, problemLines(view), columns, rows - inner - OTHER_ROWS, theme),
    lobbyBar(state, data, columns, theme),
  ];
}

/** The hint and what is wrong, or one of them alone when it is long. */
function wordsBelow(
  hint: string,
  wrong: readonly string[],
  columns: number,
  rows: number,
  theme: Theme,
): readonly string[] {
  if (wrong.length === 1) return [` ${hint}`, ` ${theme.paint("warning", wrong[0] ?? "")}`];
  const role = wrong.length === 0 ? "plain" : "warning";
  const lines = wrong.length === 0 ? wrapped(hint, columns - 2) : wrong;
  const last = lines.slice(rows - 1).join(" ");
  return [...inRows(lines.slice(0, rows - 1), rows - 1), last].map(
    (line) => ` ${theme.paint(role, fit(line, columns - 2, theme).trimEnd())}`,
  );
}

function headerLine(columns: number, theme: Theme): string {
  const name = ` ${theme.paint("strong", "dfxterm")}`;
  const what = "Wellness information, not a diagnosis. ";
  const gap = columns - columnsOf(name) - what.length;
  return gap < 2 ? name : `${name}${" ".repeat(gap)}${theme.paint("muted", what)}`;
}

interface Page {
  readonly title: string;
  readonly remark?: string;
  readonly lines: readonly string[];
  readonly hint: string;
}

function pageOf(state: LobbyState, data: SetupData, columns: number, rows: number, theme: Theme): Page {
  if (state.help) return helpPage(state, columns, rows, theme);
  switch (state.screen) {
    case "setup":
      return state.listAt === undefined
        ? formPage(state, data, columns, rows, theme)
        : listPage(state, data, columns, rows, theme);
    case "history":
      return historyPage(state, data, columns, rows, theme);
    case "report":
      return reportPage(state, data, columns, rows, theme);
  }
}

const LABEL = 10;

function formPage(state: LobbyState, data: SetupData, columns: number, rows: number, theme: Theme): Page {
  const at = SETUP_FIELDS.indexOf(state.focus);
  const lines = SETUP_FIELDS.map((field) => {
    const isFocused = field === state.focus;
    const mark = isFocused ? theme.glyphs.pointer : " ";
    const label = FIELDS[field].label.padEnd(LABEL);
    const value =
      isFocused && state.typed !== undefined
        ? `${endInColumns(oneLine(state.typed), columns - LABEL - 6, theme.glyphs.more)}_`
        : fit(oneLine(shownValue(field, data, state.choice)), columns - LABEL - 5, theme).trimEnd();
    const isUnknown = value === "-";
    return ` ${mark} ${theme.paint(isFocused ? "accent" : "plain", label)} ${theme.paint(isUnknown ? "muted" : isFocused ? "strong" : "plain", value)}`;
  });
  const { hint, typed } = FIELDS[state.focus];
  const words =
    state.typed === undefined ? hint : `Type ${typed ?? "a value"}; Enter takes it, Esc leaves it as it was.`;
  const guide = GUIDE.map((line) => theme.paint("muted", `   ${line}`));
  const hasRoom = rows >= lines.length + guide.length;
  const shown = hasRoom ? [...lines, ...guide] : around(lines, at, rows);
  return { title: "New measurement", remark: "s starts", lines: shown, hint: words };
}

/** For who sees this for the first time. */
const GUIDE = ["", "Press s to measure what stands here.", "Up and Down go to a line, Enter changes it."];

function listPage(state: LobbyState, data: SetupData, columns: number, rows: number, theme: Theme): Page {
  const { label, options, typed } = FIELDS[state.focus];
  const at = state.listAt ?? 0;
  const all = [
    ...options(data, state.choice).map((option) => oneLine(option.label)),
    ...(typed === undefined ? [] : [`type ${typed} ...`]),
  ];
  const lines = all.map((text, index) => {
    const isHere = index === at;
    const shown = fit(text, columns - 4, theme).trimEnd();
    return ` ${isHere ? theme.glyphs.pointer : " "} ${theme.paint(isHere ? "strong" : "plain", shown)}`;
  });
  return {
    title: label,
    lines: around(lines, at, rows),
    hint: `Up and Down choose, Enter takes it${typed === undefined ? "" : ", or type"}; Esc goes back.`,
  };
}

function historyPage(state: LobbyState, data: SetupData, columns: number, rows: number, theme: Theme): Page {
  const shown = pastShown(state, data);
  const filter = state.typed ?? state.filter;
  const { pastCount, history } = data;
  const isFiltered = shown.length < history.length;
  const older = pastCount > history.length ? "the newest " : "";
  const count = `${isFiltered ? "" : older}${shown.length} of ${isFiltered ? older + history.length : pastCount}`;
  const cut = endInColumns(oneLine(filter), Math.max(8, columns - 44), theme.glyphs.more);
  const remark =
    filter === "" && state.typed === undefined ? count : `/${cut}${state.typed === undefined ? "" : "_"}  ${count}`;
  if (shown.length === 0) {
    const text = data.history.length === 0 ? "Nothing was measured yet." : "None has that text.";
    return { title: "Past measurements", remark, lines: ["", theme.paint("muted", `   ${text}`)], hint: "" };
  }
  const lines = shown.map((past, index) => {
    const isHere = index === state.past;
    const bpm = past.heartRateBpm === undefined ? "N/A" : past.heartRateBpm.toFixed(2);
    const when = past.name
      .slice(0, 19)
      .replace("T", " ")
      .replace(/-(\d\d)-(\d\d)$/, ":$1:$2");
    const row = `${oneLine(when).padEnd(19)}  ${past.state.padEnd(10)} ${bpm.padStart(6)}  ${oneLine(past.source)}`;
    return ` ${isHere ? theme.glyphs.pointer : " "} ${theme.paint(isHere ? "strong" : "plain", fit(row, columns - 4, theme).trimEnd())}`;
  });
  return {
    title: "Past measurements",
    remark,
    lines: around(lines, state.past, rows),
    hint: "Time (UTC), end, heart rate in bpm, source.",
  };
}

function reportPage(state: LobbyState, data: SetupData, columns: number, rows: number, theme: Theme): Page {
  // Folders can be renamed, to anything.
  const name = oneLine(pastShown(state, data)[state.past]?.name ?? "");
  return {
    title: fit(name, columns - 2, theme).trimEnd(),
    ...partOf(reportText(state, data, columns), state.top, rows),
    hint: name === "" ? "" : `dfxterm show ${name}`,
  };
}

function helpPage(state: LobbyState, columns: number, rows: number, theme: Theme): Page {
  const lines = helpText(state, columns).map(
    ([key, text]) => ` ${theme.paint("accent", key.padEnd(KEY_COLUMNS))}${text}`,
  );
  const hint = lines.length > rows ? "Arrows move it, other keys go back." : "Any key goes back.";
  return { title: "Keys", ...partOf(lines, state.helpTop, rows), hint };
}

/** The lines that can be seen, and which these are when others cannot. */
function partOf(lines: readonly string[], wantedTop: number, rows: number): Pick<Page, "lines" | "remark"> {
  const top = Math.min(wantedTop, Math.max(0, lines.length - rows));
  const end = Math.min(lines.length, top + rows);
  return { lines: lines.slice(top, end), remark: lines.length > rows ? `${top + 1}-${end} of ${lines.length}` : "" };
}

/** As many lines as there is room for, with that one among them. */
function around(lines: readonly string[], at: number, rows: number): readonly string[] {
  const first = firstAround(at, lines.length, rows);
  return lines.slice(first, first + rows);
}
