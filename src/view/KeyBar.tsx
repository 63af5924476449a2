import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { keysFor } from "./key-table.js";
import type { Theme } from "./theme.js";
import type { KeyContext } from "./ui-state.js";

export interface KeyBarProps {
  readonly context: KeyContext;
  readonly theme: Theme;
}

/** The keys that do something now. */
export function KeyBar({ context, theme }: KeyBarProps): ReactNode {
  const keys = keysFor(context)
    .filter(({ label }) => label !== undefined)
    .map(({ shown, label }) => `${theme.paint("accent", shown)} ${label}`);
  return (
    <Box height={1}>
      <Text wrap="truncate">{` ${keys.join("   ")}`}</Text>
    </Box>
  );
}
