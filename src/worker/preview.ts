import type { RegionPolygon, Thumbnailer } from "../domain/engine.js";
import type { FaceObservation, Rect } from "../domain/face.js";
import type { PreviewPicture, PreviewRequest } from "../domain/preview.js";
import type { Frame } from "../domain/video.js";
import { Drawing, type Ink } from "./drawing.js";
import { type TargetBox, targetRect } from "./target-box.js";

/** Zoomed pictures show the face with this much room around it. */
const ZOOM_MARGIN = 1.6;

const FACE_TRACKED: Ink = { rgb: [90, 220, 120], opacity: 1 };
const FACE_CARRIED: Ink = { rgb: [230, 190, 70], opacity: 1 };
const POINT: Ink = { rgb: [80, 180, 255], opacity: 0.8 };
// Colour and little of it: at 60 pixels a solid line would hide the face that it is drawn on. Just enough to be a colour,
// and not a grey, in the 256 of a terminal that has no more.
const REGION: Ink = { rgb: [0, 140, 255], opacity: 0.5 };
/** On a face of fewer pixels across, the outlines are all there is: they are a hint. */
const SMALL_FACE_PX = 16;
const REGION_HINT: Ink = { ...REGION, opacity: 0.25 };
const TARGET: Ink = { rgb: [235, 235, 235], opacity: 0.7 };
const BACKGROUND = 24;

/** What the face and its surroundings are marked with. */
export interface Marks {
  readonly regions: readonly RegionPolygon[];
  readonly box?: TargetBox | undefined;
}

/**
 * A small RGB picture of the frame, with the overlay of the same frame drawn into it.
 * @param over bytes of an earlier picture of the same size, which are overwritten
 */
export function drawPreview(
  thumbnail: Thumbnailer,
  frame: Frame,
  face: FaceObservation | undefined,
  { regions, box }: Marks,
  request: PreviewRequest,
  over?: Uint8Array<ArrayBuffer>,
): PreviewPicture {
  const { widthPx, heightPx, overlay } = request;
  const crop = cropFor(frame, face, request);
  const picture = { widthPx, heightPx, rgb: over?.fill(0) ?? new Uint8Array(widthPx * heightPx * 3) };
  const drawing = new Drawing(picture, crop);
  if (request.schematic) drawSchematic(thumbnail, frame, face, drawing);
  else thumbnail(frame, crop, picture.rgb, widthPx, heightPx);
  if (request.target && box) drawing.dashedRectangle(targetRect(frame.format, box), TARGET);
  if (!face || (overlay === "none" && !request.schematic)) return picture;
  if (overlay === "mesh") drawing.points(face.points, POINT);
  else if (overlay === "regions") {
    const facePx = (face.rect.w * widthPx) / crop.w;
    drawing.polygons(regions, facePx < SMALL_FACE_PX ? REGION_HINT : REGION);
  }
  drawing.corners(face.rect, face.detected ? FACE_TRACKED : FACE_CARRIED);
  return picture;
}

/** The part of the frame to show, in the shape of the wanted picture; what lies outside the frame is black. */
export function cropFor(frame: Frame, face: FaceObservation | undefined, request: PreviewRequest): Rect {
  const whole = { x: 0, y: 0, w: frame.format.widthPx, h: frame.format.heightPx };
  const wanted = request.zoom && face ? grown(inside(face.rect, whole), ZOOM_MARGIN) : whole;
  const aspect = (request.widthPx * (request.pixelAspect ?? 1)) / request.heightPx;
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

/** Steps of the face's grey: with more, noise would be sent. */
const GREY_STEP = 32;

/** An empty ground and the face as one even patch as light as it is: nearly nothing of it changes from picture to picture. */
function drawSchematic(
  thumbnail: Thumbnailer,
  frame: Frame,
  face: FaceObservation | undefined,
  drawing: Drawing,
): void {
  drawing.fill(BACKGROUND);
  if (!face) return;
  const mean = new Uint8Array(3);
  const rect = inside(face.rect, { x: 0, y: 0, w: frame.format.widthPx, h: frame.format.heightPx });
  thumbnail(frame, rect, mean, 1, 1);
  drawing.patch(rect, Math.round((mean[1] ?? 0) / GREY_STEP) * GREY_STEP);
}
