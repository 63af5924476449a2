/** Gives every frame its place in time. */
export interface Timeline {
  /**
   * @param sourceMs the frame's time on the source's own clock; NaN when it has none.
   * @returns its time from the beginning, or undefined for a frame that has no place: it is left out.
   */
  place(sourceMs: number): number | undefined;
}

/** Times from that of the first frame. */
export class FromFirstFrame implements Timeline {
  #firstUs: number | undefined;
  #newestMs = -1;

  /** Two pictures at one time are a fault of the recording; a made-up time would look like a true one. */
  place(sourceMs: number): number | undefined {
    const timeUs = Math.round(sourceMs * 1000);
    this.#firstUs ??= Number.isNaN(timeUs) ? undefined : timeUs;
    const timestampMs = (timeUs - (this.#firstUs ?? 0)) / 1000;
    if (!(timestampMs > this.#newestMs)) return undefined;
    this.#newestMs = timestampMs;
    return timestampMs;
  }
}
