import { Box } from "ink";
import type { ReactNode } from "react";
import { chunkLines } from "./chunk-lines.js";
import { Lines } from "./Lines.js";
import type { PanelLayout } from "./layout.js";
import { type PanelSection, PanelStack } from "./PanelStack.js";
import { Preview, previewRemark } from "./Preview.js";
import { adviceLine, countersLine, logLines } from "./status-lines.js";
import type { Theme } from "./theme.js";
import type { ViewState } from "./view-model.js";
import { vitalLines } from "./vital-lines.js";
import { Wave, waveRemark } from "./Wave.js";

export interface MeasuringScreenProps {
  readonly state: ViewState;
  readonly layout: PanelLayout;
  readonly theme: Theme;
}

/** Preview on the left, numbers on the right; the same from connecting to the last result. */
export function MeasuringScreen({ state, layout, theme }: MeasuringScreenProps): ReactNode {
  const { measurement } = state;
  const preview: PanelSection = {
    title: "Preview",
    remark: previewRemark(state),
    rows: layout.bodyRows,
    content: <Preview state={state} layout={layout} theme={theme} />,
  };
  return (
    <>
      <Box>
        <PanelStack columns={layout.leftColumns} sections={[preview]} theme={theme} />
        <PanelStack columns={layout.rightColumns} sections={numbers(state, layout, theme)} theme={theme} />
      </Box>
      {layout.stripRows > 0 && (
        <Wave measurement={measurement} columns={layout.columns} rows={layout.stripRows} theme={theme} />
      )}
      <Lines lines={[adviceLine(state, theme)]} rows={1} />
      {layout.logRows > 0 && (
        <PanelStack
          columns={layout.columns}
          sections={[
            {
              title: "Log",
              rows: layout.logRows,
              content: <Lines lines={logLines(measurement.messages, layout.logRows, theme)} rows={layout.logRows} />,
            },
          ]}
          theme={theme}
        />
      )}
      <Lines lines={[countersLine(measurement, layout.columns, theme)]} rows={1} />
    </>
  );
}

function numbers({ measurement }: ViewState, layout: PanelLayout, theme: Theme): PanelSection[] {
  const { vitalRows, waveRows, chunkRows } = layout;
  const inner = layout.rightColumns - 2;
  const vitals: PanelSection = {
    title: "Vitals",
    rows: vitalRows,
    content: <Lines lines={vitalLines(measurement, inner, vitalRows, theme)} rows={vitalRows} />,
  };
  const wave: PanelSection = {
    title: "Pulse wave",
    remark: waveRemark(measurement),
    rows: waveRows,
    content: <Wave measurement={measurement} columns={inner} rows={waveRows} theme={theme} />,
  };
  const done = measurement.chunks.filter((chunk) => chunk.resultAtMs !== undefined).length;
  const chunks: PanelSection = {
    title: "Chunks",
    remark: `${done} of ${Math.max(measurement.plannedChunks, measurement.chunks.length) || "-"} with results`,
    rows: chunkRows,
    content: <Lines lines={chunkLines(measurement, inner, chunkRows, theme)} rows={chunkRows} />,
  };
  return waveRows > 0 ? [vitals, wave, chunks] : [vitals, chunks];
}
