import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { BAR_GAP, barBindings } from "./key-table.js";
import type { Theme } from "./theme.js";
import type { KeyContext } from "./ui-state.js";

export interface KeyBarProps {
  readonly context: KeyContext;
  readonly columns: number;
  readonly theme: Theme;
}

/** The keys that do something now. */
export function KeyBar({ context, columns, theme }: KeyBarProps): ReactNode {
  const keys = barBindings(context, columns).map(({ shown, label }) => `${theme.paint("accent", shown)} ${label}`);
  return (
    <Box height={1}>
      <Text wrap="truncate">{` ${keys.join(BAR_GAP)}`}</Text>
    </Box>
  );
}
