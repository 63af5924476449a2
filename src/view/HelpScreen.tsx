import type { ReactNode } from "react";
import { wrapped } from "./format.js";
import { HELP_ONLY, keysOf } from "./key-table.js";
import { Lines } from "./Lines.js";
import { PanelStack } from "./PanelStack.js";
import type { Theme } from "./theme.js";

export interface HelpScreenProps {
  readonly columns: number;
  readonly rows: number;
  /** Lines above the panel. */
  readonly top: number;
  /** Keys of the last screen are shown on the last screen, the others before it. */
  readonly isOver: boolean;
  readonly theme: Theme;
}

/** Header, hint, keys and two borders are not ours. */
const OTHER_ROWS = 5;
const KEY_COLUMNS = 9;

/** All keys with what they do, from the same table as the bar. */
export function HelpScreen({ columns, rows, top, isOver, theme }: HelpScreenProps): ReactNode {
  const all = [...keysOf(isOver), ...HELP_ONLY].flatMap(({ shown, help }) =>
    wrapped(help, columns - 3 - KEY_COLUMNS).map(
      (line, index) => ` ${theme.paint("accent", (index === 0 ? shown : "").padEnd(KEY_COLUMNS))}${line}`,
    ),
  );
  const inner = rows - OTHER_ROWS;
  const first = Math.min(top, Math.max(0, all.length - inner));
  const isWhole = all.length <= inner;
  const remark = isWhole ? "" : `${first + 1}-${Math.min(all.length, first + inner)} of ${all.length}`;
  const lines = all.slice(first, first + inner);
  const hint = isWhole ? "Any key goes back." : "Arrows move the list, any other key goes back.";
  return (
    <>
      <PanelStack columns={columns} sections={[{ title: "Keys", remark, rows: inner, lines }]} theme={theme} />
      <Lines lines={[` ${theme.paint("muted", hint)}`]} rows={1} />
    </>
  );
}
