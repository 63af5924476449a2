import { Box } from "ink";
import type { ReactNode } from "react";
import { Lines } from "./Lines.js";
import type { PanelLayout } from "./layout.js";
import { logLines } from "./log-lines.js";
import { PanelStack } from "./PanelStack.js";
import { panelSection } from "./panel-content.js";
import { adviceLine, countersLine } from "./status-lines.js";
import type { Theme } from "./theme.js";
import type { ViewState } from "./view-model.js";

export interface MeasuringScreenProps {
  readonly state: ViewState;
  readonly layout: PanelLayout;
  readonly theme: Theme;
}

/** Preview on the left, numbers on the right; the same from connecting to the last result. */
export function MeasuringScreen({ state, layout, theme }: MeasuringScreenProps): ReactNode {
  return (
    <>
      <Box>
        {layout.stacks.map((stack) => (
          <PanelStack
            key={stack.panels[0]?.id}
            columns={stack.columns}
            sections={stack.panels.map((panel) => panelSection(panel, state, stack.columns - 2, theme))}
            theme={theme}
          />
        ))}
      </Box>
      <Lines lines={[adviceLine(state, theme)]} rows={1} />
      <Log state={state} layout={layout} theme={theme} />
      <Lines lines={[countersLine(state, layout.columns, theme)]} rows={1} />
    </>
  );
}

function Log({ state, layout: { log, columns }, theme }: MeasuringScreenProps): ReactNode {
  if (!log) return undefined;
  if (log.framed) {
    const section = panelSection({ id: "log", rows: log.rows }, state, columns - 2, theme);
    return <PanelStack columns={columns} sections={[section]} theme={theme} />;
  }
  const lines = logLines(state.measurement.messages, state.ui.log, log.rows, theme);
  return <Lines lines={lines} rows={log.rows} />;
}
