import { Text } from "ink";
import type { ReactNode } from "react";

export interface LinesProps {
  readonly lines: readonly string[];
  /** Rows that are taken, with empty ones at the end. */
  readonly rows: number;
}

/** Lines one below the other, each cut at the width of its box. */
export function Lines({ lines, rows }: LinesProps): ReactNode {
  // One Text per row, because Ink cuts a Text of several lines as if it were one.
  return Array.from({ length: rows }, (_, row) => (
    <Text key={`row ${row}`} wrap="truncate">
      {lines[row] || " "}
    </Text>
  ));
}
