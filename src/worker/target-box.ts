import type { Rect } from "../domain/face.js";
import type { VideoFormat } from "../domain/video.js";

/** Where the face has to be, in percent of the picture; keys of the constraints' configuration. */
export interface TargetBox {
  readonly boxCenterX_pct: number;
  readonly boxCenterY_pct: number;
  readonly boxWidth_pct: number;
  readonly boxHeight_pct: number;
}

/** A face that is easy to measure: so high in the picture at most, and so wide for its height. */
const HEIGHT_PCT_MAX = 70;
const WIDTH_PER_HEIGHT = 0.75;

/** The middle of the allowed box, in the size and shape of a head: the box itself may be as large as the picture. */
export function targetRect(format: VideoFormat, box: TargetBox): Rect {
  const h = (format.heightPx * Math.min(box.boxHeight_pct, HEIGHT_PCT_MAX)) / 100;
  const w = Math.min((format.widthPx * box.boxWidth_pct) / 100, h * WIDTH_PER_HEIGHT);
  return {
    x: (format.widthPx * box.boxCenterX_pct) / 100 - w / 2,
    y: (format.heightPx * box.boxCenterY_pct) / 100 - h / 2,
    w,
    h,
  };
}
