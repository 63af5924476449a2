/**
 * A list of packets and the decoder round their times differently (1/90000 s, milliseconds); frames are further apart
 * than this even at 240 per second.
 */
const TOLERANCE_MS = 1.5;

/** Tells which of the decoded frames are key frames: the decoder passes on the pictures, not where they came from. */
export class KeyFrameMarks {
  readonly #keyTimesS: readonly number[];
  #next = 0;

  /** @param keyTimesS from the first frame, ascending. */
  constructor(keyTimesS: readonly number[]) {
    this.#keyTimesS = keyTimesS;
  }

  /** Whether a key frame lies at this time, from the first frame. Ask in ascending order. */
  isAt(timestampMs: number): boolean {
    while (this.#keyMs() < timestampMs - TOLERANCE_MS) this.#next += 1;
    return this.#keyMs() <= timestampMs + TOLERANCE_MS;
  }

  #keyMs(): number {
    return 1000 * (this.#keyTimesS[this.#next] ?? Number.POSITIVE_INFINITY);
  }
}
