import type { Method } from "./methods.js";
import type { Pulses } from "./pulses.js";

/**
 * The pulses as if one colour method were all there is: it takes the place of the other two, so that everything after it
 * (weights, tracking, beats, quality) stays as it is and a comparison of methods compares nothing else. The vote
 * between the methods then always passes.
 */
export function onlyMethod(pulses: Pulses, method: Method): Pulses {
  const regions = pulses.regions.map((region) => ({
    ...region,
    pulses: region.pulses.map((pulse) => {
      if (!pulse) return undefined;
      const wave = pulse.methods[method];
      // On a face red is no method but the measure of light and motion, and stays what it is.
      const red = region.litThrough ? wave : pulse.methods.RED;
      return { ...pulse, methods: { POS: wave, CHROM: wave, GREEN: wave, RED: red } };
    }),
  }));
  return { ...pulses, regions };
}
