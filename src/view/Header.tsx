import { Box, Text } from "ink";
import type { ReactNode } from "react";
import type { Measurement, Phase } from "../results/measurement.js";
import { duration, oneLine, UNKNOWN } from "./format.js";
import { timeText } from "./status-lines.js";
import type { Role, Theme } from "./theme.js";

export interface HeaderProps {
  readonly title: string;
  readonly measurement: Measurement;
  readonly columns: number;
  readonly theme: Theme;
}

const PHASES: Readonly<Record<Phase["kind"], readonly [word: string, role: Role]>> = {
  connecting: ["connecting", "warning"],
  ready: ["ready", "accent"],
  measuring: ["measuring", "ok"],
  finishing: ["finishing", "accent"],
  completed: ["complete", "ok"],
  cancelled: ["cancelled", "warning"],
  failed: ["failed", "error"],
};

/** Program, phase and source on the left; server, round trip and time on the right, which is never cut. */
export function Header({ title, measurement, columns, theme }: HeaderProps): ReactNode {
  const [word, role] = PHASES[measurement.phase.kind];
  const label = measurement.source ? oneLine(measurement.source.label) : UNKNOWN;
  const phase = theme.paint(role, `${theme.glyphs.dot} ${word}`);
  const server = columns >= 80 ? `${serverText(measurement, columns, theme)}   ` : "";
  return (
    <Box width={columns} height={1} justifyContent="space-between">
      <Box flexShrink={1} flexGrow={1}>
        <Text wrap="truncate">{` ${theme.paint("strong", oneLine(title))}  ${phase}  ${label}`}</Text>
      </Box>
      <Box flexShrink={0} marginLeft={2}>
        <Text>{`${server}${timeText(measurement)} `}</Text>
      </Box>
    </Box>
  );
}

function serverText({ server, sendMethod, roundTripMs }: Measurement, columns: number, theme: Theme): string {
  const name = columns >= 100 ? `${oneLine(server)} server` : oneLine(server);
  const method = columns >= 100 || sendMethod === "REST" ? sendMethod : "WS";
  const trip = duration(roundTripMs).padStart(6);
  return `${name}  ${theme.paint("muted", method)} ${roundTripMs === undefined ? theme.paint("muted", trip) : trip}`;
}
