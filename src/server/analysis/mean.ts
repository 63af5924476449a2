/** Mean of some numbers; 0 of none. */
export function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += values[i]!;
  return values.length > 0 ? sum / values.length : 0;
}
