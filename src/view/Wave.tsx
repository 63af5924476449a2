import { Box, Text } from "ink";
import type { ReactNode } from "react";
import type { Measurement } from "../results/measurement.js";
import { curve } from "./braille.js";
import { Lines } from "./Lines.js";
import type { Theme } from "./theme.js";

export interface WaveProps {
  readonly measurement: Measurement;
  readonly columns: number;
  readonly rows: number;
  readonly theme: Theme;
}

/** Length of the piece that is shown: about ten beats. */
const SHOWN_S = 8;
/** The wave comes at the frame rate of the source; this is taken while that is not known. */
const RATE_HZ = 30;

/** "last 8 s", or less while there is less. */
export function waveRemark(measurement: Measurement): string {
  const shownS = Math.min(SHOWN_S, Math.round(measurement.wave.length / rateOf(measurement)));
  return shownS > 0 ? `last ${shownS} s` : "";
}

/** The end of the pulse wave as a curve. */
export function Wave({ measurement, columns, rows, theme }: WaveProps): ReactNode {
  const samples = Math.round(SHOWN_S * rateOf(measurement));
  const values = measurement.wave.slice(-samples);
  if (values.length < 2) {
    return (
      <Box width={columns} height={rows} alignItems="center" justifyContent="center">
        <Text>{theme.paint("muted", "no pulse wave yet")}</Text>
      </Box>
    );
  }
  const lines = curve(values, columns - 2, rows, theme.unicode);
  return <Lines lines={lines.map((line) => ` ${theme.paint("ok", line)}`)} rows={rows} />;
}

function rateOf({ source }: Measurement): number {
  return source?.rateHz || RATE_HZ;
}
