import { fileURLToPath } from "node:url";

import type { PreviewPicture } from "../domain/preview.js";

/**
 * Our own font (fonts/ beside this source) for the text in pictures: many servers have none, and every letter would be an empty box.
 * The library behind sharp reads the variable when it draws the first text.
 */
const FONTS = fileURLToPath(new URL("../../src/report/fonts/fonts.conf", import.meta.url));

/** A picture that is laid over another. */
export interface Inset {
  readonly png: Uint8Array;
  readonly leftPx: number;
  readonly topPx: number;
}

/** An SVG picture as PNG bytes, with others on top of it. */
export async function pngOfSvg(svg: string, insets: readonly Inset[] = []): Promise<Uint8Array> {
  const sharp = await loadSharp();
  const layers = insets.map(({ png, leftPx, topPx }) => ({ input: Buffer.from(png), left: leftPx, top: topPx }));
  return sharp(Buffer.from(svg)).composite(layers).png({ compressionLevel: 9 }).toBuffer();
}

/** A preview picture as PNG bytes, as large as fits; small ones keep their square pixels. */
export async function pngOfPicture(picture: PreviewPicture, widthPx: number, heightPx: number): Promise<Uint8Array> {
  const sharp = await loadSharp();
  const raw = { width: picture.widthPx, height: picture.heightPx, channels: 3 as const };
  const kernel = picture.widthPx < widthPx / 2 ? "nearest" : "lanczos3";
  return sharp(picture.rgb, { raw })
    .resize(widthPx, heightPx, { fit: "contain", background: "#000000", kernel })
    .png()
    .toBuffer();
}

/** PNG bytes of a picture file, fitted into a size. */
export async function pngFitted(picture: Uint8Array, widthPx: number, heightPx: number): Promise<Uint8Array> {
  const sharp = await loadSharp();
  return sharp(picture).resize(widthPx, heightPx, { fit: "contain", background: "#000000" }).png().toBuffer();
}

/** sharp takes a quarter of a second to load: only who draws waits for it. */
async function loadSharp() {
  process.env["FONTCONFIG_FILE"] ??= FONTS;
  const { default: sharp } = await import("sharp");
  return sharp;
}
