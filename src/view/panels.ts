/** What the screen is made of, in the order of the keys 1 to 7. */
export const PANELS = ["preview", "vitals", "trend", "wave", "spectrum", "chunks", "log"] as const;

export type PanelId = (typeof PANELS)[number];

/** Those that stand beside the preview, from top to bottom. */
export const SIDE_PANELS = ["vitals", "trend", "wave", "spectrum", "chunks"] as const;

export type SidePanel = (typeof SIDE_PANELS)[number];

export function isSidePanel(id: PanelId): id is SidePanel {
  return SIDE_PANELS.some((side) => side === id);
}

export const PANEL_TITLES: Readonly<Record<PanelId, string>> = {
  preview: "Preview",
  vitals: "Vitals",
  trend: "Trend",
  wave: "Pulse wave",
  spectrum: "Spectrum",
  chunks: "Chunks",
  log: "Log",
};
