import { linePlot } from "./plots.js";
import type { Report } from "./report.js";
import { COLORS, svgPicture } from "./svg.js";

const HEIGHT_PX = 220;

/** A plot as a picture of its own. */
interface ReportPlot {
  readonly title: string;
  readonly svg: string;
  readonly heightPx: number;
}

/** The plots of a report: heart rate over time, and the end of the pulse wave. */
export function reportPlots({ trend, wave }: Report, widthPx: number): ReportPlot[] {
  const size = { widthPx, heightPx: HEIGHT_PX };
  const trendTitle = "Heart rate over time, in bpm";
  const waveTitle = "Pulse wave, the end of the measurement";
  const plots = [
    {
      title: trendTitle,
      inside: linePlot({
        title: trendTitle,
        series: trend,
        absent: "no heart rate over time was reported",
        color: COLORS.trend,
        spanMin: 10,
        ...size,
      }),
    },
    {
      title: waveTitle,
      inside: linePlot({
        title: waveTitle,
        series: wave,
        absent: "no pulse wave was reported",
        color: COLORS.pulse,
        spanMin: 1,
        ...size,
      }),
    },
  ];
  return plots.map(({ title, inside }) => ({
    title,
    svg: svgPicture(widthPx, HEIGHT_PX, [inside]),
    heightPx: HEIGHT_PX,
  }));
}
