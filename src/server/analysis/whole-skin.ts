import { emptyFrames, type RegionFrames } from "./series.js";

/** Part of the face, all of its skin, or no skin. */
export type RegionKind = "part" | "pooled" | "background";

export interface KindedFrames {
  readonly frames: RegionFrames;
  readonly kind: RegionKind;
}

/** Name of the region that is the mean over the skin of the face, parts included. */
const WHOLE_SKIN = "skin";

/** The rest of the skin counts as a part when it is at least this share of the whole. */
const REST_SHARE_MIN = 0.2;

/** A part that is seen in fewer frames than this is no part of the mean that is made of parts. */
const SEEN_SHARE_MIN = 0.5;

/**
 * The regions with their kinds, and what follows from them: with a whole, the rest of it outside the parts (on most faces
 * the largest part, and as independent as they are); without, the mean over the parts as a whole.
 */
export function withWholeSkin(regions: readonly RegionFrames[]): KindedFrames[] {
  const kinded = regions.map((frames): KindedFrames => {
    return { frames, kind: !frames.skin ? "background" : isWhole(frames) ? "pooled" : "part" };
  });
  const parts = regions.filter((region) => region.skin && !isWhole(region));
  const whole = regions.find((region) => region.skin && isWhole(region));
  if (whole && parts.length > 0) return [...kinded, { frames: restOf(whole, parts), kind: "part" }];
  if (!whole && parts.length > 1) return [...kinded, { frames: meanOfParts(parts), kind: "pooled" }];
  return kinded;
}

function isWhole({ name }: RegionFrames): boolean {
  return name.toLowerCase().replace(/^whole\W?/, "") === WHOLE_SKIN;
}

/** The whole minus its parts: sums of pixels are subtracted. */
function restOf(whole: RegionFrames, parts: readonly RegionFrames[]): RegionFrames {
  const rest = emptyFrames("rest", true, whole.usable.length);
  for (let i = 0; i < whole.usable.length; i += 1) {
    const inside = parts.filter((part) => part.usable[i]);
    const pixels = inside.reduce((left, part) => left - part.pixels[i]!, whole.pixels[i]!);
    if (!whole.usable[i] || pixels < REST_SHARE_MIN * whole.pixels[i]!) continue;
    rest.usable[i] = 1;
    rest.pixels[i] = pixels;
    for (const channel of ["red", "green", "blue"] as const) {
      const sum = inside.reduce(
        (left, part) => left - part[channel][i]! * part.pixels[i]!,
        whole[channel][i]! * whole.pixels[i]!,
      );
      rest[channel][i] = Math.min(255, Math.max(0, sum / pixels));
    }
  }
  return rest;
}

/** Mean over the parts with fixed shares, so that an outline that trembles does not change the mixture. */
function meanOfParts(parts: readonly RegionFrames[]): RegionFrames {
  const length = parts[0]!.usable.length;
  const mean = emptyFrames("mean of parts", true, length);
  const regular = parts.filter(({ usable }) => sumOf(usable) >= SEEN_SHARE_MIN * length);
  const pixels = regular.map((part) => sumOf(part.pixels) / Math.max(1, sumOf(part.usable)));
  const total = pixels.reduce((sum, count) => sum + count, 0);
  for (let i = 0; i < length; i += 1) {
    if (regular.length === 0 || regular.some((part) => !part.usable[i])) continue;
    mean.usable[i] = 1;
    mean.pixels[i] = total;
    for (const channel of ["red", "green", "blue"] as const) {
      mean[channel][i] = regular.reduce((sum, part, p) => sum + (part[channel][i]! * pixels[p]!) / total, 0);
    }
  }
  return mean;
}

function sumOf(values: Float32Array | Uint8Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
