import { Box, Text } from "ink";
import type { ReactNode } from "react";
import { HOLE } from "./frame-sink.js";
import { Lines } from "./Lines.js";
import type { PanelLayout } from "./layout.js";
import { faceText } from "./status-lines.js";
import type { Theme } from "./theme.js";
import type { ViewState } from "./view-model.js";

export interface PreviewProps {
  readonly state: ViewState;
  readonly layout: PanelLayout;
  readonly theme: Theme;
}

/** The hole that the painter fills, and the state of the face below it. */
export function Preview({ state, layout, theme }: PreviewProps): ReactNode {
  const { pictureColumns, pictureRows } = layout;
  const options = `${state.ui.zoom ? "face only" : "whole picture"} `;
  return (
    <>
      <Picture state={state} columns={pictureColumns} rows={pictureRows} theme={theme} />
      <Box width={pictureColumns} justifyContent="space-between">
        <Text wrap="truncate">{faceText(state.measurement, theme)}</Text>
        <Text>{theme.paint("muted", options)}</Text>
      </Box>
    </>
  );
}

interface PictureProps {
  readonly state: ViewState;
  readonly columns: number;
  readonly rows: number;
  readonly theme: Theme;
}

function Picture({ state, columns, rows, theme }: PictureProps): ReactNode {
  if (state.ui.preview) {
    return <Lines lines={Array.from({ length: rows }, () => HOLE.repeat(columns))} rows={rows} />;
  }
  return (
    <Box width={columns} height={rows} alignItems="center" justifyContent="center">
      <Text>{theme.paint("muted", "preview is off (p)")}</Text>
    </Box>
  );
}

/** "10 fps  44 kB/s" */
export function previewRemark({ previewRate, ui }: ViewState): string {
  if (!previewRate || !ui.preview) return "";
  return `${previewRate.rateHz.toFixed(0)} fps  ${(previewRate.bytesPerS / 1000).toFixed(0)} kB/s`;
}
