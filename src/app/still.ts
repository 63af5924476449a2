import type { PreviewPicture } from "../domain/preview.js";

/** A still as PNG bytes; sharp is loaded only when one is made, it takes a quarter of a second. */
export async function pngOf(picture: PreviewPicture): Promise<Uint8Array> {
  const { default: sharp } = await import("sharp");
  const raw = { width: picture.widthPx, height: picture.heightPx, channels: 3 as const };
  return sharp(picture.rgb, { raw }).png({ compressionLevel: 9 }).toBuffer();
}
