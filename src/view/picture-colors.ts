import type { PictureColors } from "./capability.js";

// Colours of the preview as small whole numbers ("codes"): equal codes look equal on the terminal.

/** Light to heavy, as seen on a dark background. */
const RAMP = " .,:;i1tfLCG08@";
/** Channels further apart than this keep their colour in the 256-colour palette (the overlay does, skin does not). */
const VIVID = 96;

/**
 * The code of a colour (channels 0-255).
 *
 *   truecolor   5 bits per channel: a third fewer bytes than 8 bits, and noise of the sensor disappears
 *   palette     24 greys for what is dull, the 6 x 6 x 6 cube for what is vivid: a face in the cube's six
 *               steps is orange and pink (22 dB against 36 dB in truecolor)
 *   greys       the 24 greys alone
 *   ansi        the nearest of the first 16 colours
 */
export function codeOf(colors: PictureColors, red: number, green: number, blue: number): number {
  switch (colors) {
    case "truecolor":
      return ((red >> 3) << 10) | ((green >> 3) << 5) | (blue >> 3);
    case "palette": {
      if (Math.max(red, green, blue) - Math.min(red, green, blue) <= VIVID) return greyOf(luma(red, green, blue));
      return 16 + 36 * cubeStep(red) + 6 * cubeStep(green) + cubeStep(blue);
    }
    case "greys":
      return greyOf(luma(red, green, blue));
    case "ansi":
      return nearestAnsi(red, green, blue);
  }
}

/** Index of the character that is as light as a colour. */
export function rampCode(red: number, green: number, blue: number): number {
  return Math.min(RAMP.length - 1, Math.floor((luma(red, green, blue) / 256) * RAMP.length));
}

export function rampCharacter(code: number): string {
  return RAMP.charAt(code);
}

/** Parameters of the SGR sequence that selects a code as foreground (38) or background (48). */
export function colorParameters(colors: PictureColors, layer: 38 | 48, code: number): string {
  switch (colors) {
    case "truecolor":
      return `${layer};2;${eightBits(code >> 10)};${eightBits((code >> 5) & 31)};${eightBits(code & 31)}`;
    case "palette":
    case "greys":
      return `${layer};5;${code}`;
    case "ansi":
      return String(layer - 8 + (code < 8 ? code : code - 8 + 60));
  }
}

/** BT.601 luma, 0-255. */
export function luma(red: number, green: number, blue: number): number {
  return (red * 77 + green * 150 + blue * 29) >> 8;
}

/** The grey ramp of xterm: 232 is 8, 255 is 238, ten apart; black and white come from the cube. */
function greyOf(level: number): number {
  if (level < 4) return 16;
  if (level > 246) return 231;
  return 232 + Math.min(23, Math.max(0, Math.round((level - 8) / 10)));
}

/** Steps of the cube are 0, 95, 135, 175, 215, 255. */
function cubeStep(level: number): number {
  return level < 48 ? 0 : Math.min(5, Math.max(1, Math.round((level - 55) / 40)));
}

// The first 16 colours of xterm. Every terminal and theme has others, but of about this light.
const ANSI: readonly (readonly [number, number, number])[] = [
  [0, 0, 0],
  [205, 0, 0],
  [0, 205, 0],
  [205, 205, 0],
  [0, 0, 238],
  [205, 0, 205],
  [0, 205, 205],
  [229, 229, 229],
  [127, 127, 127],
  [255, 0, 0],
  [0, 255, 0],
  [255, 255, 0],
  [92, 92, 255],
  [255, 0, 255],
  [0, 255, 255],
  [255, 255, 255],
];

/** Light counts more than hue: a face in the wrong colour is one still, in the wrong light it is none. */
const LIGHT_WEIGHT = 3;

function nearestAnsi(red: number, green: number, blue: number): number {
  const level = luma(red, green, blue);
  let nearest = 0;
  let smallest = Number.POSITIVE_INFINITY;
  for (const [code, [r, g, b]] of ANSI.entries()) {
    const light = LIGHT_WEIGHT * (level - luma(r, g, b)) ** 2;
    const distance = light + (red - r) ** 2 + (green - g) ** 2 + (blue - b) ** 2;
    if (distance >= smallest) continue;
    smallest = distance;
    nearest = code;
  }
  return nearest;
}

function eightBits(five: number): number {
  return (five << 3) | (five >> 2);
}
