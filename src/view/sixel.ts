import type { PreviewPicture } from "../domain/preview.js";

// DEC sixels: bands of six lines; in each band, for every colour, one character per column that says which of the six
// pixels have it (bits + 63). `!n` repeats the next character, `$` goes back to the start of the band, `-` to the next.
//
// The palette is fixed: 5 x 6 x 5 levels. A picture's own palette would look better and cost 14 ms.

const RED_LEVELS = 5;
const GREEN_LEVELS = 6;
const BLUE_LEVELS = 5;
const BAND = 6;
const EMPTY = 63;

/** A picture as sixels, every pixel as a square of `factor` pixels. */
export function sixels({ widthPx, heightPx, rgb }: PreviewPicture, factor: number): string {
  const colors = new Uint8Array(widthPx * heightPx);
  for (let pixel = 0; pixel < colors.length; pixel += 1) {
    const at = pixel * 3;
    colors[pixel] = paletteIndex(rgb[at] ?? 0, rgb[at + 1] ?? 0, rgb[at + 2] ?? 0);
  }
  const used = [...new Set(colors)];
  const palette = used.map(paletteEntry).join("");
  const height = heightPx * factor;
  const bands: string[] = [];
  for (let top = 0; top < height; top += BAND) bands.push(band(colors, widthPx, heightPx, top, factor));
  return `\u001BP0;1q"1;1;${widthPx * factor};${height}${palette}${bands.join("-")}\u001B\\`;
}

function paletteIndex(red: number, green: number, blue: number): number {
  return (step(red, RED_LEVELS) * GREEN_LEVELS + step(green, GREEN_LEVELS)) * BLUE_LEVELS + step(blue, BLUE_LEVELS);
}

function step(level: number, levels: number): number {
  return Math.round((level * (levels - 1)) / 255);
}

function percent(index: number, levels: number): number {
  return Math.round((100 * index) / (levels - 1));
}

/** Channels in percent. */
function paletteEntry(index: number): string {
  const blue = index % BLUE_LEVELS;
  const green = Math.floor(index / BLUE_LEVELS) % GREEN_LEVELS;
  const red = Math.floor(index / (BLUE_LEVELS * GREEN_LEVELS));
  return `#${index};2;${percent(red, RED_LEVELS)};${percent(green, GREEN_LEVELS)};${percent(blue, BLUE_LEVELS)}`;
}

function band(colors: Uint8Array, widthPx: number, heightPx: number, top: number, factor: number): string {
  const rows = new Map<number, Uint8Array>();
  for (let line = 0; line < BAND; line += 1) {
    const row = Math.floor((top + line) / factor);
    if (row >= heightPx) break;
    for (let column = 0; column < widthPx; column += 1) {
      const color = colors[row * widthPx + column] ?? 0;
      let bits = rows.get(color);
      if (!bits) {
        bits = new Uint8Array(widthPx);
        rows.set(color, bits);
      }
      bits[column] = (bits[column] ?? 0) | (1 << line);
    }
  }
  return [...rows].map(([color, bits]) => `#${color}${runs(bits, factor)}`).join("$");
}

/** One line of a band; equal neighbours together, nothing behind the last pixel. */
function runs(bits: Uint8Array, factor: number): string {
  let text = "";
  let end = bits.length;
  while (end > 0 && bits[end - 1] === 0) end -= 1;
  for (let start = 0; start < end; ) {
    let next = start + 1;
    while (next < end && bits[next] === bits[start]) next += 1;
    const count = (next - start) * factor;
    const character = String.fromCharCode(EMPTY + (bits[start] ?? 0));
    text += count > 3 ? `!${count}${character}` : character.repeat(count);
    start = next;
  }
  return text;
}
