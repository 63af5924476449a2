import { POINT_STRIDE, type Rect } from "../domain/face.js";
import type { PreviewPicture } from "../domain/preview.js";

export interface Ink {
  readonly rgb: readonly [red: number, green: number, blue: number];
  /** 0 to 1. */
  readonly opacity: number;
  /** Pixels that have it already. */
  readonly inked?: Set<number>;
}

/** Longer lines lie outside any picture for the most part. */
const LINE_STEPS_MAX = 4096;
const DASH_PX = 3;

/** Draws into a small picture what is given in pixels of the frame; outside the picture nothing happens. */
export class Drawing {
  readonly #picture: PreviewPicture;
  readonly #crop: Rect;
  readonly #scaleX: number;
  readonly #scaleY: number;

  /** @param crop the part of the frame that the picture shows */
  constructor(picture: PreviewPicture, crop: Rect) {
    this.#picture = picture;
    this.#crop = crop;
    this.#scaleX = picture.widthPx / crop.w;
    this.#scaleY = picture.heightPx / crop.h;
  }

  fill(grey: number): void {
    this.#picture.rgb.fill(grey);
  }

  /** A rectangle of one grey. */
  patch(rect: Rect, grey: number): void {
    const { widthPx, heightPx, rgb } = this.#picture;
    const left = Math.max(0, Math.round(this.#x(rect.x)));
    const right = Math.min(widthPx, Math.round(this.#x(rect.x + rect.w)));
    const bottom = Math.min(heightPx, Math.round(this.#y(rect.y + rect.h)));
    for (let y = Math.max(0, Math.round(this.#y(rect.y))); y < bottom; y += 1) {
      if (left < right) rgb.fill(grey, (y * widthPx + left) * 3, (y * widthPx + right) * 3);
    }
  }

  /** Outlines in a thin ink that stays so where they meet: in a small picture they all do. */
  polygons(outlines: readonly { readonly points: Float32Array }[], ink: Ink): void {
    const inked = new Set<number>();
    for (const { points } of outlines) {
      const count = points.length / 2;
      const at = (index: number): [number, number] => {
        const i = (index % count) * 2;
        return [this.#x(points[i] ?? 0), this.#y(points[i + 1] ?? 0)];
      };
      for (let index = 0; index < count; index += 1) this.#line(at(index), at(index + 1), { ...ink, inked });
    }
  }

  /** A pixel for every pose point that the tracker is sure of. */
  points(points: Float32Array, ink: Ink): void {
    for (let at = 0; at + POINT_STRIDE <= points.length; at += POINT_STRIDE) {
      if (!((points[at + 3] ?? 0) > 0)) continue;
      this.#dot(Math.round(this.#x(points[at] ?? 0)), Math.round(this.#y(points[at + 1] ?? 0)), ink);
    }
  }

  /** The rectangle's corners only: a full frame would hide more than it shows at this size. */
  corners(rect: Rect, ink: Ink): void {
    const [left, right] = [this.#x(rect.x), this.#x(rect.x + rect.w)];
    const [top, bottom] = [this.#y(rect.y), this.#y(rect.y + rect.h)];
    const arm = Math.min(right - left, bottom - top) / 4;
    for (const [x, towardsX] of [
      [left, 1],
      [right, -1],
    ] as const) {
      for (const [y, towardsY] of [
        [top, 1],
        [bottom, -1],
      ] as const) {
        this.#line([x, y], [x + towardsX * arm, y], ink);
        this.#line([x, y], [x, y + towardsY * arm], ink);
      }
    }
  }

  dashedRectangle(rect: Rect, ink: Ink): void {
    const [left, right] = [this.#x(rect.x), this.#x(rect.x + rect.w)];
    const [top, bottom] = [this.#y(rect.y), this.#y(rect.y + rect.h)];
    for (const y of [top, bottom]) this.#line([left, y], [right, y], ink, DASH_PX);
    for (const x of [left, right]) this.#line([x, top], [x, bottom], ink, DASH_PX);
  }

  #x(frameX: number): number {
    return (frameX - this.#crop.x) * this.#scaleX;
  }

  #y(frameY: number): number {
    return (frameY - this.#crop.y) * this.#scaleY;
  }

  #line(
    [fromX, fromY]: readonly [number, number],
    [toX, toY]: readonly [number, number],
    ink: Ink,
    dashPx = LINE_STEPS_MAX,
  ): void {
    const steps = Math.min(LINE_STEPS_MAX, Math.ceil(Math.max(Math.abs(toX - fromX), Math.abs(toY - fromY), 1)));
    for (let step = 0; step <= steps; step += 1) {
      if (Math.floor(step / dashPx) % 2 === 1) continue;
      const x = Math.round(fromX + ((toX - fromX) * step) / steps);
      const y = Math.round(fromY + ((toY - fromY) * step) / steps);
      this.#dot(x, y, ink);
    }
  }

  #dot(x: number, y: number, { rgb, opacity, inked }: Ink): void {
    const { widthPx, heightPx, rgb: pixels } = this.#picture;
    if (!(x >= 0 && y >= 0 && x < widthPx && y < heightPx)) return;
    const at = (y * widthPx + x) * 3;
    if (inked?.has(at)) return;
    inked?.add(at);
    for (let channel = 0; channel < 3; channel += 1) {
      const before = pixels[at + channel] ?? 0;
      pixels[at + channel] = before + ((rgb[channel] ?? 0) - before) * opacity;
    }
  }
}
