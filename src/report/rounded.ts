/** Four places are more than any value of a measurement has. Numbers too large for places stay as they are. */
export function rounded(value: number): number {
  const scaled = Math.round(value * 10_000);
  return Number.isSafeInteger(scaled) ? scaled / 10_000 : value;
}
