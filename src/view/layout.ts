import { isSidePanel, type PanelId, SIDE_PANELS, type SidePanel } from "./panels.js";

// Where everything stands, from the size of the terminal and the operator's choice alone: values never move a panel.
//
//   header                                   1 row
//   preview panel  | numbers and curves      body
//   advice                                   1 row
//   log                                      panel, or two bare lines on a small screen
//   counters, keys                           2 rows

/** A panel and the rows between its title and the next border. */
export interface PlacedPanel {
  readonly id: PanelId;
  readonly rows: number;
}

/** Panels one below the other; their titles and one border at the bottom come on top of their rows. */
interface Stack {
  readonly columns: number;
  readonly panels: readonly PlacedPanel[];
}

export interface PanelLayout {
  readonly kind: "panels";
  readonly columns: number;
  readonly rows: number;
  /** Side by side, from the left. */
  readonly stacks: readonly Stack[];
  /** Log below them; undefined when it is hidden or stands among the stacks. */
  readonly log: { readonly rows: number; readonly framed: boolean } | undefined;
  /** Cells of the picture; undefined when there is none. */
  readonly picture: PictureCells | undefined;
}

interface PictureCells {
  readonly columns: number;
  readonly rows: number;
}

export type Layout =
  | PanelLayout
  /** No preview: vitals as a list, one progress line. */
  | { readonly kind: "list"; readonly columns: number; readonly rows: number }
  /** One line that says the terminal is too small. */
  | { readonly kind: "tiny"; readonly columns: number; readonly rows: number };

/** What the operator has chosen. */
export interface PanelChoice {
  readonly hidden: readonly PanelId[];
  /** Asked for: they come before the others when there is not room for all. */
  readonly wanted: readonly PanelId[];
  /** Takes the whole body alone. */
  readonly zoomed: PanelId | undefined;
}

export const EVERY_PANEL: PanelChoice = { hidden: [], wanted: [], zoomed: undefined };

export const COLUMNS_MIN = 50;
export const ROWS_MIN = 12;

/** Header, advice, counters, keys. */
const OUTER_ROWS = 4;
/** Wider pictures cost more bytes than they show detail. */
const PICTURE_COLUMNS_MAX = 96;
const BARE_LOG_ROWS = 2;
const LOG_ROWS_MAX = 12;

/** Rows of a panel: with fewer than `good` it is left out unless asked for; more than `max` are of no use. */
interface Wish {
  readonly min: number;
  readonly good: number;
  readonly max: number;
}

const WISHES: Readonly<Record<SidePanel, Wish>> = {
  vitals: { min: 5, good: 5, max: 5 },
  chunks: { min: 3, good: 3, max: 12 },
  wave: { min: 2, good: 3, max: 7 },
  trend: { min: 2, good: 2, max: 6 },
  spectrum: { min: 3, good: 3, max: 6 },
};
/** With so many more rows each of five vitals has one for its note. */
const VITAL_NOTE_ROWS = 5;
/** Who gets room first. */
const PRIORITY: readonly SidePanel[] = ["vitals", "chunks", "wave", "trend", "spectrum"];

/** Both in cells; 0 or less counts as unknown, which is 80 x 24 (seen under `script` and some serial lines). */
export function layoutFor(columns: number, rows: number, choice: PanelChoice = EVERY_PANEL): Layout {
  if (!(columns > 0 && rows > 0)) return layoutFor(80, 24, choice);
  if (columns < COLUMNS_MIN || rows < ROWS_MIN) return { kind: "tiny", columns, rows };
  if (choice.zoomed !== undefined) return zoomed(columns, rows, choice.zoomed);
  if (columns < 80 || rows < 24) return { kind: "list", columns, rows };
  return panels(columns, rows, choice);
}

function zoomed(columns: number, rows: number, id: PanelId): PanelLayout {
  const inner = rows - OUTER_ROWS - 2;
  return {
    kind: "panels",
    columns,
    rows,
    stacks: [{ columns, panels: [{ id, rows: inner }] }],
    log: undefined,
    picture: id === "preview" ? { columns: columns - 2, rows: inner - 1 } : undefined,
  };
}

function panels(columns: number, rows: number, { hidden, wanted }: PanelChoice): PanelLayout {
  const isRoomy = columns >= 100 && rows >= 30;
  const log = hidden.includes("log") ? undefined : logRows(rows, isRoomy);
  const height = rows - OUTER_ROWS - (log ? log.rows + (log.framed ? 2 : 0) : 0);
  const sides = sidePanels(height - 1, hidden, wanted);
  const stacks: Stack[] = [];
  let picture: PictureCells | undefined;
  if (!hidden.includes("preview")) {
    const share = isRoomy ? Math.round(columns * 0.515) : Math.floor(columns / 2);
    const width = sides.length === 0 ? columns : Math.min(PICTURE_COLUMNS_MAX + 2, share);
    stacks.push({ columns: width, panels: [{ id: "preview", rows: height - 2 }] });
    picture = { columns: width - 2, rows: height - 3 };
  }
  if (sides.length > 0) stacks.push({ columns: columns - (stacks[0]?.columns ?? 0), panels: sides });
  return { kind: "panels", columns, rows, stacks, log, picture };
}

function logRows(rows: number, isRoomy: boolean): { rows: number; framed: boolean } {
  if (!isRoomy) return { rows: BARE_LOG_ROWS, framed: false };
  return { rows: Math.min(LOG_ROWS_MAX, Math.floor(rows * 0.12)), framed: true };
}

/** As many panels as fit, in the order in which they stand; `room` is for their rows and titles. */
function sidePanels(room: number, hidden: readonly PanelId[], wanted: readonly PanelId[]): PlacedPanel[] {
  const rows = new Map<SidePanel, number>();
  let free = room;
  const include = (id: SidePanel, need: number): void => {
    if (rows.has(id) || hidden.includes(id) || need + 1 > free) return;
    rows.set(id, need);
    free -= need + 1;
  };
  for (const id of wanted) if (isSidePanel(id)) include(id, WISHES[id].min);
  for (const id of PRIORITY) include(id, WISHES[id].good);
  if (rows.size === 0) return [];
  // One row to each in turn, so that none is large while another is small.
  for (const limit of ["good", "max"] as const) {
    for (let given = true; given && free > 0; ) {
      given = false;
      for (const id of PRIORITY) {
        const has = rows.get(id);
        if (has === undefined || free === 0 || has >= WISHES[id][limit]) continue;
        rows.set(id, has + 1);
        free -= 1;
        given = true;
      }
    }
  }
  const vitals = rows.get("vitals");
  if (vitals !== undefined && free >= VITAL_NOTE_ROWS) {
    rows.set("vitals", vitals + VITAL_NOTE_ROWS);
    free -= VITAL_NOTE_ROWS;
  }
  const placed = SIDE_PANELS.filter((id) => rows.has(id)).map((id) => ({ id, rows: rows.get(id) ?? 0 }));
  const last = placed.at(-1);
  return last ? [...placed.slice(0, -1), { ...last, rows: last.rows + free }] : [];
}

/** Lines of the log that can be seen. */
export function logRowsOf(layout: Layout): number {
  if (layout.kind !== "panels") return 0;
  const placed = layout.stacks.flatMap((stack) => stack.panels).find(({ id }) => id === "log");
  return placed?.rows ?? layout.log?.rows ?? 0;
}

/** Panels that are on the screen, in the order in which the focus goes through them. */
export function visiblePanels(layout: Layout): readonly PanelId[] {
  if (layout.kind === "tiny") return [];
  if (layout.kind === "list") return ["vitals", "chunks"];
  const stacked = layout.stacks.flatMap((stack) => stack.panels.map(({ id }) => id));
  return layout.log ? [...stacked, "log"] : stacked;
}
