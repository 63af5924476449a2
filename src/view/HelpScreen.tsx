import type { ReactNode } from "react";
import { Lines } from "./Lines.js";
import { PanelStack } from "./PanelStack.js";
import type { Theme } from "./theme.js";
import { HELP_ONLY, KEYS } from "./ui-state.js";

export interface HelpScreenProps {
  readonly columns: number;
  readonly rows: number;
  readonly theme: Theme;
}

/** All keys with what they do, from the same table as the bar. */
export function HelpScreen({ columns, rows, theme }: HelpScreenProps): ReactNode {
  const lines = [...KEYS, ...HELP_ONLY].map(({ shown, help }) => ` ${theme.paint("accent", shown.padEnd(8))}${help}`);
  // Header, advice, keys and two borders are not ours.
  const inner = rows - 5;
  return (
    <>
      <PanelStack
        columns={columns}
        sections={[{ title: "Keys", rows: inner, content: <Lines lines={lines} rows={inner} /> }]}
        theme={theme}
      />
      <Lines lines={[` ${theme.paint("muted", "Any key goes back. The measurement goes on.")}`]} rows={1} />
    </>
  );
}
