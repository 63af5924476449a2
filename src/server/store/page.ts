/** A part of a list. */
export interface Page {
  readonly limit: number;
  readonly offset: number;
}

const LIMIT_MAX = 500;

/** Limit and offset inside what a list gives at once. */
export function pageOf({ limit, offset }: Page): [number, number] {
  return [Math.min(LIMIT_MAX, Math.max(0, Math.trunc(limit))), Math.max(0, Math.trunc(offset))];
}
