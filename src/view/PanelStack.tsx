import { Box, Text } from "ink";
import type { ReactNode } from "react";
import type { Theme } from "./theme.js";

export interface PanelSection {
  readonly title: string;
  /** At the right end of the title line; ASCII. */
  readonly remark?: string;
  /** Rows between this title line and the next. */
  readonly rows: number;
  readonly content: ReactNode;
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
            <Box flexDirection="column" width={columns - 2} height={section.rows} overflow="hidden">
              {section.content}
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

/** `╭ Vitals ─────────── remark ╮` */
function titleLine({ title, remark }: PanelSection, columns: number, isFirst: boolean, theme: Theme): string {
  const { topLeft, topRight, teeRight, teeLeft, horizontal } = theme.glyphs;
  const left = isFirst ? topLeft : teeRight;
  const right = isFirst ? topRight : teeLeft;
  const room = columns - 4 - title.length;
  const shown = remark && remark.length + 4 <= room ? ` ${remark} ` : "";
  const rule = horizontal.repeat(Math.max(0, room - shown.length - (shown === "" ? 0 : 1)));
  const end = shown === "" ? right : `${horizontal}${right}`;
  return theme.paint("muted", left) + theme.paint("accent", ` ${title} `) + theme.paint("muted", rule + shown + end);
}
