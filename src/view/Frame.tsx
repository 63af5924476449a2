import { Box, Text, Transform } from "ink";
import type { ReactNode } from "react";

export interface FrameProps {
  /** One per row of the terminal, each in its width. */
  readonly lines: readonly string[];
  /** Takes what a row is to show and gives the character that stands for it in the frame: `FrameSink.place`. */
  readonly place: (row: number, line: string) => string;
}

/**
 * The whole terminal, row by row. Ink keeps every text that it is given, for ever, and takes each frame apart character
 * by character: a dashboard whose curves are new twice a second would leave 200 MB an hour behind and make 35 MB of
 * garbage a second. What it is given is therefore always the same blank; when the frame is put together a mark takes its
 * place, which the sink replaces by the line.
 */
export function Frame({ lines, place }: FrameProps): ReactNode {
  return (
    <Box flexDirection="column">
      {lines.map((line, row) => (
        // Rows have no other name than their place.
        <Row key={`row ${row + 1}`} mark={() => place(row, line)} />
      ))}
    </Box>
  );
}

function Row({ mark }: { readonly mark: () => string }): ReactNode {
  return (
    <Transform transform={mark}>
      <Text> </Text>
    </Transform>
  );
}
