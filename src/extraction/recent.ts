/** What happened in the last moments, in memory that is taken once. The oldest is overwritten when it is full. */
export class Recent {
  readonly #times: Float64Array;
  readonly #values: Float64Array[];
  #first = 0;
  #count = 0;

  /** @param series how many numbers belong to each moment. */
  constructor(capacity: number, series: number) {
    this.#times = new Float64Array(capacity);
    this.#values = Array.from({ length: series }, () => new Float64Array(capacity));
  }

  get count(): number {
    return this.#count;
  }

  /** From the oldest to the newest moment; 0 with fewer than two. */
  get spanMs(): number {
    return this.#count < 2 ? 0 : this.#timeAt(this.#count - 1) - this.#timeAt(0);
  }

  clear(): void {
    this.#count = 0;
  }

  /** Adds a moment; `a` and `b` are its first and second number. */
  add(timeMs: number, a = 0, b = 0): void {
    const capacity = this.#times.length;
    if (this.#count === capacity) this.#drop();
    const at = (this.#first + this.#count) % capacity;
    this.#times[at] = timeMs;
    const [first, second] = this.#values;
    if (first) first[at] = a;
    if (second) second[at] = b;
    this.#count += 1;
  }

  /** Forgets what is older than that. */
  dropBefore(timeMs: number): void {
    while (this.#count > 0 && this.#timeAt(0) < timeMs) this.#drop();
  }

  /** Largest less smallest of a series; 0 when there is nothing. */
  range(series: number): number {
    const values = this.#values[series];
    if (!values || this.#count === 0) return 0;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let index = 0; index < this.#count; index += 1) {
      const value = values[(this.#first + index) % values.length] ?? 0;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    return high - low;
  }

  #timeAt(index: number): number {
    return this.#times[(this.#first + index) % this.#times.length] ?? 0;
  }

  #drop(): void {
    this.#first = (this.#first + 1) % this.#times.length;
    this.#count -= 1;
  }
}
