/** A stretch of the measurement, as long as a chunk. */
export interface Stretch {
  readonly startS: number;
  readonly endS: number;
  /** Share of its frames with a face, 0 to 1; the others are in no vector. */
  readonly faceShare: number;
}

/** A stretch of the measurement in which the face was seen. */
interface FaceSpan {
  readonly fromS: number;
  readonly toS: number;
}

/** Chunks that follow each other are not further apart than this. */
const APART_S = 0.5;
/** So little of a chunk without a face is said to be nowhere. */
const NEARLY_WHOLE = 0.95;

/**
 * Where the face was. Of a chunk only the share of frames with one is known: what is missing is taken to be on the side of
 * the neighbour that has less of it, and spread evenly when neither has.
 */
export function faceSpans(parts: readonly Stretch[]): FaceSpan[] {
  return parts.flatMap((part, index) => {
    const { startS, endS, faceShare } = part;
    if (!(faceShare > 0) || !(endS > startS)) return [];
    const [before, after] = [parts[index - 1], parts[index + 1]];
    const shareBefore = before && startS - before.endS < APART_S ? before.faceShare : 0;
    const shareAfter = after && after.startS - endS < APART_S ? after.faceShare : 0;
    const lengthS = (endS - startS) * faceShare;
    if (faceShare >= NEARLY_WHOLE || shareBefore === shareAfter) return [{ fromS: startS, toS: endS }];
    return [shareBefore > shareAfter ? { fromS: startS, toS: startS + lengthS } : { fromS: endS - lengthS, toS: endS }];
  });
}

/** Seconds with a face; the others are in no vector. */
export function faceSeconds(parts: readonly Stretch[]): number {
  return parts.reduce((sum, { startS, endS, faceShare }) => sum + (endS - startS) * faceShare, 0);
}

/** Media times in seconds of so many values that lie evenly in the time with a face. */
export function faceTimes(count: number, spans: readonly FaceSpan[]): number[] {
  const stepS = spans.reduce((sum, { fromS, toS }) => sum + toS - fromS, 0) / count;
  let next = 0;
  let beforeS = 0;
  return Array.from({ length: count }, (_, index) => {
    const atS = (index + 0.5) * stepS;
    let span = spans[next];
    while (span && next < spans.length - 1 && atS - beforeS > span.toS - span.fromS) {
      beforeS += span.toS - span.fromS;
      next += 1;
      span = spans[next];
    }
    return span ? span.fromS + atS - beforeS : 0;
  });
}
