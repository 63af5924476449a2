import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { Lines } from "./Lines.js";
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

export interface PanelStackProps {
  readonly columns: number;
  readonly sections: readonly PanelSection[];
  readonly theme: Theme;
}

/** Panels one below the other that share their borders. */
export function PanelStack({ columns, sections, theme }: PanelStackProps): ReactNode {
  const { bottomLeft, bottomRight, horizontal } = theme.glyphs;
  const bottom = bottomLeft + horizontal.repeat(columns - 2) + bottomRight;
  return (
    <Box flexDirection="column" width={columns} flexShrink={0}>
      {sections.map((section, index) => (
        <Box key={section.title} flexDirection="column">
          <Text wrap="truncate">{titleLine(section, columns, index === 0, theme)}</Text>
          <Box>
            <Side rows={section.rows} theme={theme} />
            <Box flexDirection="column" width={columns - 2} height={section.rows}>
              <Lines lines={section.lines} rows={section.rows} />
            </Box>
            <Side rows={section.rows} theme={theme} />
          </Box>
        </Box>
      ))}
      <Text>{theme.paint("muted", bottom)}</Text>
    </Box>
  );
}

function Side({ rows, theme }: { readonly rows: number; readonly theme: Theme }): ReactNode {
  const line = theme.paint("muted", theme.glyphs.vertical);
  return (
    <Box width={1} flexShrink={0}>
      <Text>{Array.from({ length: rows }, () => line).join("\n")}</Text>
    </Box>
  );
}

/** `╭ 2 Vitals ─────────── remark ─╮`; the panel that has the focus also has a mark before its name. */
function titleLine(section: PanelSection, columns: number, isFirst: boolean, theme: Theme): string {
  const { key, title, remark, focused } = section;
  const { topLeft, topRight, teeRight, teeLeft, horizontal, pointer } = theme.glyphs;
  const left = isFirst ? topLeft : teeRight;
  const right = isFirst ? topRight : teeLeft;
  const mark = focused ? `${pointer} ` : "";
  const number = key === undefined ? "" : `${key} `;
  const room = columns - 4 - mark.length - number.length - title.length;
  const shown = remark && remark.length + 4 <= room ? ` ${remark} ` : "";
  const rule = horizontal.repeat(Math.max(0, room - shown.length - (shown === "" ? 0 : 1)));
  const end = shown === "" ? right : `${horizontal}${right}`;
  const name = theme.paint(focused ? "strong" : "accent", `${mark}${title} `);
  return theme.paint("muted", `${left} ${number}`) + name + theme.paint("muted", rule + shown + end);
}
