import { columnsOf, inColumns } from "./columns.js";
import type { Theme } from "./theme.js";

export interface PanelSection {
  readonly title: string;
  /** The key that shows and hides the panel. */
  readonly key?: string | undefined;
  /** At the right end of the title line; one column per character. */
  readonly remark?: string | undefined;
  readonly focused?: boolean;
  /** Rows between this title line and the next. */
  readonly rows: number;
  readonly lines: readonly string[];
}

/** Panels one below the other that share their borders, as lines of that many columns. */
export function panelStack(columns: number, sections: readonly PanelSection[], theme: Theme): string[] {
  const { bottomLeft, bottomRight, horizontal, vertical, more } = theme.glyphs;
  const side = theme.paint("muted", vertical);
  const panels = sections.flatMap((section, index) => [
    titleLine(section, columns, index === 0, theme),
    ...Array.from(
      { length: section.rows },
      (_, row) => side + inColumns(section.lines[row] ?? "", columns - 2, more) + side,
    ),
  ]);
  return [...panels, theme.paint("muted", bottomLeft + horizontal.repeat(columns - 2) + bottomRight)];
}

/** `╭ 2 Vitals ─────────── remark ─╮`; the panel that has the focus also has a mark before its name. */
function titleLine(section: PanelSection, columns: number, isFirst: boolean, theme: Theme): string {
  const { key, title, remark, focused } = section;
  const { topLeft, topRight, teeRight, teeLeft, horizontal, pointer } = theme.glyphs;
  const left = isFirst ? topLeft : teeRight;
  const right = isFirst ? topRight : teeLeft;
  const mark = focused ? `${pointer} ` : "";
  const number = key === undefined ? "" : `${key} `;
  const room = columns - 4 - mark.length - number.length - columnsOf(title);
  const shown = remark && columnsOf(remark) + 4 <= room ? ` ${remark} ` : "";
  const rule = horizontal.repeat(Math.max(0, room - columnsOf(shown) - (shown === "" ? 0 : 1)));
  const end = shown === "" ? right : `${horizontal}${right}`;
  const name = theme.paint(focused ? "strong" : "accent", `${mark}${title} `);
  return theme.paint("muted", `${left} ${number}`) + name + theme.paint("muted", rule + shown + end);
}
