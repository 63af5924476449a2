import { type Inset, pngFitted, pngOfSvg } from "./draw.js";
import type { Report } from "./report.js";
import { reportPlots } from "./report-plots.js";
import { CHUNK_HEADER, chunkRows, DISCLAIMER, headline, madeRows, metricRows, RUNNING, troubles } from "./rows.js";
import { brokenLines, COLORS, svgPicture, type TextStyle, textAt } from "./svg.js";

const WIDTH = 1120;
const MARGIN = 40;
const INNER = WIDTH - 2 * MARGIN;
const ROW = 24;
const TEXT_PX = 14;
/** Between columns. */
const GAP = 10;
const STILL = { widthPx: 400, heightPx: 300 };
const CHUNK_COLUMNS = columnsOf([60, 100, 80, 70, 100, 70, 80, 150, 330]);
const MADE_COLUMNS = columnsOf([140, INNER - 140]);
/** Longer lists are cut: the picture is to be looked at, the other forms hold everything. */
const ROWS_MAX = 40;

/** A report as the bytes of a PNG file, 1120 pixels wide. A still that cannot be decoded is left out. */
export async function reportPng(report: Report): Promise<Uint8Array> {
  const page = new Page();
  const insets: Inset[] = [];
  head(page, report);
  results(page, report, await fitted(report), insets);
  for (const { svg, heightPx } of reportPlots(report, INNER)) page.block(svg, heightPx + 10);
  chunkTable(page, report);
  madeTable(page, report);
  for (const remark of report.remarks) page.line(remark, { color: COLORS.muted, sizePx: 12 });
  page.space(12);
  page.line(DISCLAIMER, { bold: true });
  return pngOfSvg(svgPicture(WIDTH, page.heightPx + MARGIN, page.parts), insets);
}

/** A column of a table; `leftPx` from the margin. */
interface Column {
  readonly leftPx: number;
  readonly widthPx: number;
  /** Numbers end at the column's end. */
  readonly atEnd: boolean;
}

function columnsOf(widthsPx: readonly number[], leftPx = 0, numbers = -1): Column[] {
  let next = leftPx;
  return widthsPx.map((widthPx, index) => {
    next += widthPx;
    return { leftPx: next - widthPx, widthPx, atEnd: index === numbers };
  });
}

/** Text and pictures from top to bottom. */
class Page {
  readonly parts: string[] = [];
  heightPx = MARGIN;

  /** As many lines as it takes. */
  line(words: string, style: TextStyle = {}): void {
    const sizePx = style.sizePx ?? TEXT_PX;
    for (const line of brokenLines(words, INNER / sizePx)) {
      this.heightPx += Math.max(ROW, sizePx + 6);
      this.parts.push(textAt(MARGIN, this.heightPx - 6, line, { widthPx: INNER, ...style }));
    }
  }

  /** Cells of one row; the last one may take several lines, the others are cut at their column's end. */
  row(cells: readonly string[], columns: readonly Column[], style: TextStyle = {}): void {
    const lines = columns.map(({ widthPx }, index) => {
      const cell = cells[index] ?? "";
      return index < columns.length - 1 ? [cell] : brokenLines(cell, (widthPx - GAP) / (style.sizePx ?? TEXT_PX));
    });
    const count = Math.max(...lines.map(({ length }) => length));
    for (let line = 0; line < count; line += 1) {
      this.heightPx += line === 0 ? ROW : ROW - 6;
      for (const [index, { leftPx, widthPx, atEnd }] of columns.entries()) {
        const x = MARGIN + leftPx + (atEnd ? widthPx - GAP : 0);
        const words = lines[index]?.[line] ?? "";
        if (words === "") continue;
        const place = { widthPx: widthPx - GAP, ...(atEnd ? { anchor: "end" as const } : {}) };
        this.parts.push(textAt(x, this.heightPx - 6, words, { ...style, ...place }));
      }
    }
  }

  heading(words: string): void {
    this.space(14);
    this.line(words, { bold: true, sizePx: 16 });
  }

  block(svg: string, heightPx: number): void {
    this.parts.push(`<g transform="translate(${MARGIN} ${this.heightPx})">${svg}</g>`);
    this.heightPx += heightPx;
  }

  space(heightPx: number): void {
    this.heightPx += heightPx;
  }
}

async function fitted({ still }: Report): Promise<Uint8Array | undefined> {
  return still ? pngFitted(still, STILL.widthPx, STILL.heightPx).catch(() => undefined) : undefined;
}

function head(page: Page, { summary, isRunning }: Report): void {
  page.line(summary.source ?? "no source", { bold: true, sizePx: 22 });
  if (isRunning) page.line(RUNNING);
  page.line(headline(summary));
  for (const sentence of troubles(summary)) page.line(sentence, { color: COLORS.error });
  page.space(10);
}

function results(page: Page, { summary }: Report, still: Uint8Array | undefined, insets: Inset[]): void {
  const top = page.heightPx;
  const left = still ? STILL.widthPx + 24 : 0;
  const columns = columnsOf([140, 80, 60, 120, INNER - left - 400], left, 1);
  if (still) insets.push({ png: still, leftPx: MARGIN, topPx: top });
  page.row(["metric", "mean", "unit", "confidence", "notes"], columns, { color: COLORS.muted, sizePx: 12 });
  for (const { label, value, unit, confidence, notes } of limited(metricRows(summary))) {
    page.row([label, value, unit, confidence, notes], columns);
  }
  if (still) page.heightPx = Math.max(page.heightPx, top + STILL.heightPx);
  page.space(20);
}

function chunkTable(page: Page, report: Report): void {
  page.heading("Quality of the chunks");
  const rows = chunkRows(report);
  if (rows.length === 0) page.line("no chunk was extracted", { color: COLORS.muted });
  else page.row(CHUNK_HEADER, CHUNK_COLUMNS, { color: COLORS.muted, sizePx: 12 });
  for (const cells of limited(rows)) page.row(cells, CHUNK_COLUMNS, { sizePx: 13 });
  if (rows.length > ROWS_MAX) page.line(`and ${rows.length - ROWS_MAX} more`, { color: COLORS.muted });
}

function madeTable(page: Page, { summary }: Report): void {
  page.heading("How it was made");
  for (const row of madeRows(summary)) page.row(row, MADE_COLUMNS, { sizePx: 13 });
}

function limited<Row>(rows: readonly Row[]): readonly Row[] {
  return rows.slice(0, ROWS_MAX);
}
