import { hasCurve, linePlot, type Plot } from "./plots.js";
import type { Report } from "./report.js";
import { COLORS, svgPicture } from "./svg.js";

const HEIGHT_PX = 220;
/** Title and a sentence, where there is no curve. */
const ABSENT_HEIGHT_PX = 56;

/** A plot as a picture of its own. */
interface ReportPlot {
  readonly title: string;
  readonly svg: string;
  readonly heightPx: number;
}

/** The plots of a report: heart rate over time, and the end of the pulse wave. */
export function reportPlots({ trend, wave }: Report, widthPx: number): ReportPlot[] {
  return [
    reportPlot({
      title: "Heart rate over time, in bpm",
      series: trend,
      absent: "no heart rate over time was reported",
      color: COLORS.trend,
      spanMin: 10,
      widthPx,
    }),
    reportPlot({
      title: "Pulse wave, the end of the measurement (no unit)",
      series: wave,
      absent: "no pulse wave was reported",
      color: COLORS.pulse,
      spanMin: 1,
      widthPx,
    }),
  ];
}

function reportPlot(plot: Omit<Plot, "heightPx">): ReportPlot {
  const heightPx = hasCurve(plot.series) ? HEIGHT_PX : ABSENT_HEIGHT_PX;
  const svg = svgPicture(plot.widthPx, heightPx, [linePlot({ ...plot, heightPx })]);
  return { title: plot.title, svg, heightPx };
}
