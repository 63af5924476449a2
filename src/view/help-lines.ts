import { wrapped } from "./format.js";
import { keysOf, unlistedKeys } from "./key-table.js";
import { panelStack } from "./panel-stack.js";
import type { Theme } from "./theme.js";

export interface HelpPlace {
  readonly columns: number;
  readonly rows: number;
  /** Lines above the panel. */
  readonly top: number;
  /** Keys of the last screen are shown on the last screen, the others before it. */
  readonly isOver: boolean;
}

/** Header, hint, keys and two borders are not ours. */
const OTHER_ROWS = 5;
const KEY_COLUMNS = 9;

/** Lines that can lie above the panel: none where all keys fit. */
export function helpTopMax({ columns, rows, isOver }: Omit<HelpPlace, "top">): number {
  return Math.max(0, keyLines(columns, isOver).length - (rows - OTHER_ROWS));
}

/** Key and words of each line. */
function keyLines(columns: number, isOver: boolean): (readonly [key: string, words: string])[] {
  return [...keysOf(isOver), ...unlistedKeys(isOver)].flatMap(({ shown, help }) =>
    wrapped(help, columns - 3 - KEY_COLUMNS).map((words, index) => [index === 0 ? shown : "", words] as const),
  );
}

/** All keys with what they do, from the same table as the bar. */
export function helpLines({ columns, rows, top, isOver }: HelpPlace, theme: Theme): string[] {
  const all = keyLines(columns, isOver).map(
    ([key, words]) => ` ${theme.paint("accent", key.padEnd(KEY_COLUMNS))}${words}`,
  );
  const inner = rows - OTHER_ROWS;
  const first = Math.min(top, Math.max(0, all.length - inner));
  const isWhole = all.length <= inner;
  const remark = isWhole ? "" : `${first + 1}-${Math.min(all.length, first + inner)} of ${all.length}`;
  const lines = all.slice(first, first + inner);
  const hint = isWhole ? "Any key goes back." : "Arrows move the list, any other key goes back.";
  return [
    ...panelStack(columns, [{ title: "Keys", remark, rows: inner, lines }], theme),
    ` ${theme.paint("muted", hint)}`,
  ];
}
