import { Box, Text } from "ink";
import type { ReactNode } from "react";
import type { Theme } from "./theme.js";
import { keysFor, type PhaseKind } from "./ui-state.js";

export interface KeyBarProps {
  readonly phase: PhaseKind;
  readonly hasPreview: boolean;
  readonly theme: Theme;
}

/** The keys that do something now. */
export function KeyBar({ phase, hasPreview, theme }: KeyBarProps): ReactNode {
  const keys = keysFor(phase, hasPreview).map(({ shown, label }) => `${theme.paint("accent", shown)} ${label}`);
  return (
    <Box height={1}>
      <Text wrap="truncate">{` ${keys.join("   ")}`}</Text>
    </Box>
  );
}
