import { Box, Text, Transform } from "ink";
import type { ReactNode } from "react";

export interface FrameProps {
  /** One per row of the terminal, each in its width. */
  readonly lines: readonly string[];
}

/**
 * The whole terminal, row by row. Ink measures and keeps every text that it is given, for ever: a dashboard whose curves
 * are new twice a second would leave 200 MB an hour behind. What it is given is therefore always the same blank, and
 * what is to be seen takes its place when the frame is put together.
 */
export function Frame({ lines }: FrameProps): ReactNode {
  return (
    <Box flexDirection="column">
      {lines.map((line, row) => (
        // Rows have no other name than their place.
        <Row key={`row ${row + 1}`} line={line} />
      ))}
    </Box>
  );
}

function Row({ line }: { readonly line: string }): ReactNode {
  return (
    <Transform transform={() => line}>
      <Text> </Text>
    </Transform>
  );
}
