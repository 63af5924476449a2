import type { RegionPolygon, Thumbnailer } from "../domain/engine.js";
import { type FaceObservation, POINT_STRIDE, type Rect } from "../domain/face.js";
import type { PreviewPicture, PreviewRequest } from "../domain/preview.js";
import type { Frame } from "../domain/video.js";

/** Zoomed pictures show the face with this much room around it. */
const ZOOM_MARGIN = 1.6;

/** Colour and how much of it: at 60 pixels a solid line would hide the face that it is drawn on. */
interface Ink {
  readonly rgb: readonly [red: number, green: number, blue: number];
  readonly opacity: number;
}
const FACE_TRACKED: Ink = { rgb: [90, 220, 120], opacity: 1 };
const FACE_CARRIED: Ink = { rgb: [230, 190, 70], opacity: 1 };
const POINT: Ink = { rgb: [80, 180, 255], opacity: 0.8 };
const REGION: Ink = { rgb: [80, 180, 255], opacity: 0.4 };

/** A small RGB picture of the frame, with the overlay of the same frame drawn into it. */
export function drawPreview(
  thumbnail: Thumbnailer,
  frame: Frame,
  face: FaceObservation | undefined,
  regions: readonly RegionPolygon[],
  request: PreviewRequest,
): PreviewPicture {
  const { widthPx, heightPx } = request;
  const crop = cropFor(frame, face, request);
  const picture = { widthPx, heightPx, rgb: new Uint8Array(widthPx * heightPx * 3) };
  thumbnail(frame, crop, picture.rgb, widthPx, heightPx);
  if (request.overlay !== "none" && face) {
    if (request.overlay === "mesh") drawPoints(picture, crop, face.points, POINT);
    else for (const region of regions) drawPolygon(picture, crop, region.points, REGION);
    drawCorners(picture, crop, face.rect, face.detected ? FACE_TRACKED : FACE_CARRIED);
  }
  return picture;
}

/** The part of the frame to show, in the shape of the wanted picture; what lies outside the frame is black. */
export function cropFor(frame: Frame, face: FaceObservation | undefined, request: PreviewRequest): Rect {
  const whole = { x: 0, y: 0, w: frame.format.widthPx, h: frame.format.heightPx };
  const wanted = request.zoom && face ? grown(inside(face.rect, whole), ZOOM_MARGIN) : whole;
  const aspect = request.widthPx / request.heightPx;
  const w = Math.max(wanted.w, wanted.h * aspect);
  const h = w / aspect;
  return { x: wanted.x + (wanted.w - w) / 2, y: wanted.y + (wanted.h - h) / 2, w, h };
}

/** The common part, at least a pixel: the rectangles of a face file may be anywhere and of any size. */
function inside(rect: Rect, whole: Rect): Rect {
  const x = Math.min(Math.max(rect.x, 0), whole.w - 1);
  const y = Math.min(Math.max(rect.y, 0), whole.h - 1);
  const right = Math.min(rect.x + rect.w, whole.w);
  const bottom = Math.min(rect.y + rect.h, whole.h);
  return { x, y, w: Math.max(1, right - x), h: Math.max(1, bottom - y) };
}

function grown(rect: Rect, factor: number): Rect {
  const w = rect.w * factor;
  const h = rect.h * factor;
  return { x: rect.x - (w - rect.w) / 2, y: rect.y - (h - rect.h) / 2, w, h };
}

/** A pixel for every point that the tracker is sure of. */
function drawPoints(picture: PreviewPicture, crop: Rect, points: Float32Array, ink: Ink): void {
  const scale = picture.widthPx / crop.w;
  for (let at = 0; at + POINT_STRIDE <= points.length; at += POINT_STRIDE) {
    if (!((points[at + 3] ?? 0) > 0)) continue;
    const x = Math.round(((points[at] ?? 0) - crop.x) * scale);
    const y = Math.round(((points[at + 1] ?? 0) - crop.y) * scale);
    drawLine(picture, [x, y], [x, y], ink);
  }
}

function drawPolygon(picture: PreviewPicture, crop: Rect, points: Float32Array, ink: Ink): void {
  const count = points.length / 2;
  const scale = picture.widthPx / crop.w;
  const at = (index: number): [number, number] => {
    const i = (index % count) * 2;
    return [((points[i] ?? 0) - crop.x) * scale, ((points[i + 1] ?? 0) - crop.y) * scale];
  };
  for (let index = 0; index < count; index++) drawLine(picture, at(index), at(index + 1), ink);
}

/** The rectangle's corners only: a full frame would hide more than it shows at this size. */
function drawCorners(picture: PreviewPicture, crop: Rect, rect: Rect, ink: Ink): void {
  const scale = picture.widthPx / crop.w;
  const left = (rect.x - crop.x) * scale;
  const top = (rect.y - crop.y) * scale;
  const right = left + rect.w * scale;
  const bottom = top + rect.h * scale;
  const arm = Math.min(right - left, bottom - top) / 4;
  for (const [x, towardsX] of [
    [left, 1],
    [right, -1],
  ] as const) {
    for (const [y, towardsY] of [
      [top, 1],
      [bottom, -1],
    ] as const) {
      drawLine(picture, [x, y], [x + towardsX * arm, y], ink);
      drawLine(picture, [x, y], [x, y + towardsY * arm], ink);
    }
  }
}

function drawLine(
  picture: PreviewPicture,
  [fromX, fromY]: readonly [number, number],
  [toX, toY]: readonly [number, number],
  ink: Ink,
): void {
  const steps = Math.min(4096, Math.ceil(Math.max(Math.abs(toX - fromX), Math.abs(toY - fromY), 1)));
  for (let step = 0; step <= steps; step++) {
    const x = Math.round(fromX + ((toX - fromX) * step) / steps);
    const y = Math.round(fromY + ((toY - fromY) * step) / steps);
    if (x >= 0 && y >= 0 && x < picture.widthPx && y < picture.heightPx) {
      const at = (y * picture.widthPx + x) * 3;
      for (const [channel, value] of ink.rgb.entries()) {
        const before = picture.rgb[at + channel] ?? 0;
        picture.rgb[at + channel] = before + (value - before) * ink.opacity;
      }
    }
  }
}
