import type { Method } from "./methods.js";
import { ramp } from "./ramp.js";
import type { TrackedPulse } from "./tracked-pulse.js";
import type { Window } from "./windows.js";

/**
 * What red does for every change of green at the rate: 0.1 to 0.6 for blood (0.75 where a codec has taken most of the colour away), 0.8 to 1
 * for light.
 */
const RED_OF_BLOOD = 0.68;
const RED_OF_LIGHT = 0.8;

/** What is left of it in POS, which takes away what all colours share: 0.3 to 2 for blood, 0.15 to 0.3 with little colour left, 0.1 for light. */
const POS_OF_BLOOD = 0.3;
const POS_OF_LIGHT = 0.15;

/** No blood makes red brighter and green darker at once: a region that slides over skin of two colours does. */
const RED_AGAINST = -0.3;
const RED_AGAINST_FAR = -0.7;
const POS_MORE = 2.7;
const POS_MORE_FAR = 3.2;

/**
 * How well the colours of the change at the rate are those of blood, 0 to 1. Blood darkens green much more than red; a lamp or a screen that
 * flickers, or an exposure that hunts, changes all colours by the same share (signal model of Wang 2017). Measured as the
 * regression of red, and of POS, on green at the rate, over all windows, so that noise in red does not count.
 *
 * Only a face is asked, which has parts: under a finger, through which the light has gone, blood has other colours.
 */
export function bloodScore({ pulses, windows, rates }: TrackedPulse): number {
  const parts = pulses.regions.filter(({ kind }) => kind === "part");
  if (parts.length < 2) return 1;
  const whole = pulses.regions.filter(({ kind }) => kind === "pooled");
  let green = 0;
  let redOnGreen = 0;
  let posOnGreen = 0;
  for (const region of whole.length > 0 ? whole : parts) {
    for (const [i, window] of windows.entries()) {
      const methods = region.pulses[window.segment]?.methods;
      if (!methods) continue;
      const turn = (2 * Math.PI * rates[i]!) / pulses.rateHz;
      const line = (method: Method): Line => lineOf(methods[method], window, turn);
      const reference = line("GREEN");
      green += product(reference, reference);
      redOnGreen += product(line("RED"), reference);
      posOnGreen += product(line("POS"), reference);
    }
  }
  if (!(green > 0)) return 1;
  const red = redOnGreen / green;
  const pos = posOnGreen / green;
  const notLight = Math.max(ramp(red, RED_OF_LIGHT, RED_OF_BLOOD), ramp(pos, POS_OF_LIGHT, POS_OF_BLOOD));
  const notSliding = Math.max(ramp(red, RED_AGAINST_FAR, RED_AGAINST), ramp(pos, POS_MORE_FAR, POS_MORE));
  return Math.min(notLight, notSliding);
}

/** One bin of a Hann-windowed spectrum. */
interface Line {
  readonly re: number;
  readonly im: number;
}

/** @param turn radians per sample. */
function lineOf(values: ArrayLike<number>, { from, length }: Window, turn: number): Line {
  let re = 0;
  let im = 0;
  for (let i = 0; i < length; i += 1) {
    const value = values[from + i]! * (0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / length));
    re += value * Math.cos(turn * i);
    im += value * Math.sin(turn * i);
  }
  return { re, im };
}

/** What two lines share in phase. */
function product(a: Line, b: Line): number {
  return a.re * b.re + a.im * b.im;
}
