import { Box, Text } from "ink";
import { type ReactNode, useSyncExternalStore } from "react";
import { isOver } from "../results/measurement.js";
import { FinalScreen } from "./FinalScreen.js";
import { percent } from "./format.js";
import { Header } from "./Header.js";
import { HelpScreen } from "./HelpScreen.js";
import { KeyBar } from "./KeyBar.js";
import { ListScreen } from "./ListScreen.js";
import { COLUMNS_MIN, ROWS_MIN } from "./layout.js";
import { MeasuringScreen } from "./MeasuringScreen.js";
import { fractionDone } from "./status-lines.js";
import type { Theme } from "./theme.js";
import { keyContext, type ViewModel, type ViewState } from "./view-model.js";

export interface ScreenProps {
  readonly model: ViewModel;
  readonly title: string;
  readonly theme: Theme;
}

/** The whole terminal. The one place where the state is read. */
export function Screen({ model, title, theme }: ScreenProps): ReactNode {
  const state = useSyncExternalStore(model.subscribe, model.getSnapshot);
  const { layout, measurement } = state;
  const { columns, rows } = layout;
  if (layout.kind === "tiny") return <Text wrap="truncate">{tooSmall(state)}</Text>;
  return (
    <Box flexDirection="column" width={columns} height={rows}>
      <Header title={title} measurement={measurement} columns={columns} theme={theme} />
      <Box flexDirection="column" height={rows - 2} flexShrink={0}>
        <Body state={state} theme={theme} />
      </Box>
      <KeyBar context={keyContext(state)} columns={columns} theme={theme} />
    </Box>
  );
}

function Body({ state, theme }: { readonly state: ViewState; readonly theme: Theme }): ReactNode {
  const { layout, measurement, ui } = state;
  const { columns, rows } = layout;
  if (ui.help)
    return (
      <HelpScreen columns={columns} rows={rows} top={ui.helpTop} isOver={isOver(measurement.phase)} theme={theme} />
    );
  if (isOver(measurement.phase)) return <FinalScreen state={state} columns={columns} rows={rows} theme={theme} />;
  if (layout.kind === "panels") return <MeasuringScreen state={state} layout={layout} theme={theme} />;
  return <ListScreen state={state} columns={columns} rows={rows} theme={theme} />;
}

function tooSmall({ layout, measurement }: ViewState): string {
  const { positionS } = measurement.progress;
  const has = `${layout.columns}x${layout.rows}`;
  const done = percent(fractionDone(positionS, measurement.plannedS)).trim();
  const what = isOver(measurement.phase) ? "q quits" : `measuring ${done}`;
  return `Need ${COLUMNS_MIN}x${ROWS_MIN}, have ${has}: ${what}`;
}
