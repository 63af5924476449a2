import type { Sharp } from "sharp";
import type { PreviewPicture } from "../domain/preview.js";
import type { PixelProtocol } from "./capability.js";
import type { CellSize } from "./cell-size.js";
import type { HoleRect } from "./frame-sink.js";
import { pictureSize, sixelFactor } from "./picture-size.js";
import { SixelPen } from "./sixel.js";

/** Below this a face turns into squares, above it the bytes do not buy much. */
const JPEG_QUALITY = 50;
/** With coarser colours the thin lines over the face fade. */
const JPEG_COLORS = "4:4:4";
const PNG_COLORS = 64;
/** Kitty takes its data in pieces of at most so many characters. */
const KITTY_PIECE = 4_096;
const KITTY_ID = 31;

/** Takes a picture of this program from the screen of a terminal that knows kitty's protocol. */
export const KITTY_DELETE = `\u001B_Ga=d,d=I,i=${KITTY_ID},q=2\u001B\\`;

/** Draws whole pictures in real pixels, by one of the three protocols. */
export class PixelPainter {
  readonly #protocol: PixelProtocol;
  #cell: CellSize;
  readonly #sixels: SixelPen;
  #newest: PreviewPicture | undefined;

  /** @param registers colours that a terminal with sixels can hold; undefined: it does not say. */
  constructor(protocol: PixelProtocol, cell: CellSize, registers?: number) {
    this.#protocol = protocol;
    this.#cell = cell;
    this.#sixels = new SixelPen(registers);
  }

  /** The terminal's font has another size; pictures in the making are for the one before. */
  setCell(cell: CellSize): void {
    this.#cell = cell;
  }

  /** The bytes that draw the picture into the hole; empty when it was made for another size, or is the same once more. */
  async paint(picture: PreviewPicture, hole: HoleRect): Promise<string> {
    const size = pictureSize({ draw: this.#protocol }, hole.columns, hole.rows, this.#cell);
    if (picture.widthPx !== size?.widthPx || picture.heightPx !== size.heightPx) return "";
    if (this.#newest && isSame(this.#newest, picture)) return "";
    this.#newest = picture;
    return `\u001B[${hole.y + 1};${hole.x + 1}H${await this.#encode(picture, hole)}`;
  }

  /** The cells of the hole are blank; gives what takes away what may still lie over them. */
  invalidate(): string {
    this.#newest = undefined;
    this.#sixels.invalidate();
    return this.#protocol === "kitty" ? KITTY_DELETE : "";
  }

  async #encode(picture: PreviewPicture, { columns, rows }: HoleRect): Promise<string> {
    switch (this.#protocol) {
      case "sixel":
        return this.#sixels.draw(picture, sixelFactor(columns, rows, this.#cell));
      case "iterm": {
        const jpeg = await (await raw(picture))
          .jpeg({ quality: JPEG_QUALITY, chromaSubsampling: JPEG_COLORS })
          .toBuffer();
        const size = `width=${columns};height=${rows};preserveAspectRatio=0;size=${jpeg.length}`;
        return `\u001B]1337;File=inline=1;${size}:${jpeg.toString("base64")}\u0007`;
      }
      case "kitty": {
        const image = await raw(picture);
        const png = await image.png({ palette: true, colours: PNG_COLORS, compressionLevel: 6, effort: 1 }).toBuffer();
        return kittyPieces(png.toString("base64"), columns, rows);
      }
    }
  }
}

/** Loaded only when pictures are drawn in pixels: it takes a quarter of a second and 30 MB. */
async function raw({ widthPx, heightPx, rgb }: PreviewPicture): Promise<Sharp> {
  const { default: sharp } = await import("sharp");
  return sharp(rgb, { raw: { width: widthPx, height: heightPx, channels: 3 } });
}

/** One picture, always under the same number, so that it takes the place of the one before; no answers, no cursor. */
function kittyPieces(data: string, columns: number, rows: number): string {
  const first = `a=T,f=100,i=${KITTY_ID},p=1,c=${columns},r=${rows},C=1,q=2,`;
  let text = "";
  for (let start = 0; start < data.length; start += KITTY_PIECE) {
    const isLast = start + KITTY_PIECE >= data.length;
    text += `\u001B_G${start === 0 ? first : ""}m=${isLast ? 0 : 1};${data.slice(start, start + KITTY_PIECE)}\u001B\\`;
  }
  return text;
}

function isSame(a: PreviewPicture, b: PreviewPicture): boolean {
  return Buffer.compare(a.rgb, b.rgb) === 0;
}
