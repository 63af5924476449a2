import type { PictureMode } from "./capability.js";

// Colours of the preview as small whole numbers ("codes"): equal codes look equal on the terminal.

/** Light to heavy, as seen on a dark background. */
const RAMP = " .,:;i1tfLCG08@";
/** Channels further apart than this keep their colour in the 256-colour palette (the overlay does, skin does not). */
const VIVID = 96;

/**
 * The code of a colour (channels 0-255) in a mode.
 *
 *   truecolor   5 bits per channel: a third fewer bytes than 8 bits, and noise of the sensor disappears
 *   palette     24 greys for what is dull, the 6 x 6 x 6 cube for what is vivid: a face in the cube's six
 *               steps is orange and pink (22 dB against 36 dB in truecolor)
 *   ascii       index into the ramp
 */
export function codeOf(mode: PictureMode, red: number, green: number, blue: number): number {
  switch (mode) {
    case "truecolor":
      return ((red >> 3) << 10) | ((green >> 3) << 5) | (blue >> 3);
    case "palette": {
      if (Math.max(red, green, blue) - Math.min(red, green, blue) <= VIVID) return greyOf(luma(red, green, blue));
      return 16 + 36 * cubeStep(red) + 6 * cubeStep(green) + cubeStep(blue);
    }
    case "ascii":
      return Math.min(RAMP.length - 1, Math.floor((luma(red, green, blue) / 256) * RAMP.length));
  }
}

/** Parameters of the SGR sequence that selects a code as foreground (38) or background (48). */
export function colorParameters(mode: "truecolor" | "palette", layer: 38 | 48, code: number): string {
  if (mode === "palette") return `${layer};5;${code}`;
  return `${layer};2;${eightBits(code >> 10)};${eightBits((code >> 5) & 31)};${eightBits(code & 31)}`;
}

export function rampCharacter(code: number): string {
  return RAMP.charAt(code);
}

/** BT.601 luma, 0-255. */
function luma(red: number, green: number, blue: number): number {
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

function eightBits(five: number): number {
  return (five << 3) | (five >> 2);
}
