import { CONSTRAINT_IDS, type ConstraintCheck, type ConstraintId } from "../domain/constraints.js";

/** A trouble must last this long before anybody is told, and be over this long before it is forgotten. */
const APPEAR_MS = 500;
const VANISH_MS = 1500;

/** Turns the checks of single frames into advice that stays long enough to be read. Times are those of the frames. */
export class AdviceKeeper {
  /** By the number of the constraint: since when it is as it is (good or not). */
  readonly #sinceMs = new Float64Array(CONSTRAINT_IDS.length);
  readonly #isBad = new Uint8Array(CONSTRAINT_IDS.length);
  readonly #isShown = new Uint8Array(CONSTRAINT_IDS.length);
  readonly #isError = new Uint8Array(CONSTRAINT_IDS.length);
  #advice: readonly ConstraintId[] = [];
  #violated: ConstraintId | undefined;
  #newestMs = Number.NEGATIVE_INFINITY;

  /** What to tell, the most urgent first: errors before warnings, then the order of CONSTRAINT_IDS. */
  get advice(): readonly ConstraintId[] {
    return this.#advice;
  }

  /** The first constraint that the newest frame violates (ERROR), at once. */
  get violated(): ConstraintId | undefined {
    return this.#violated;
  }

  /** Takes the check of the next frame. Allocates only when the advice changes. */
  update(check: ConstraintCheck, timestampMs: number): void {
    const isFirst = this.#newestMs === Number.NEGATIVE_INFINITY;
    this.#newestMs = timestampMs;
    this.#violated = undefined;
    let hasChanged = false;
    let index = -1;
    for (const id of CONSTRAINT_IDS) {
      index += 1;
      const result = check.results[id];
      const isBad = result === "GOOD" ? 0 : 1;
      if (result === "ERROR") this.#violated ??= id;
      if (isFirst || isBad !== this.#isBad[index]) this.#sinceMs[index] = timestampMs;
      this.#isBad[index] = isBad;
      const lastedMs = timestampMs - (this.#sinceMs[index] ?? timestampMs);
      const isShown = isBad
        ? this.#isShown[index] || lastedMs >= APPEAR_MS
        : this.#isShown[index] && lastedMs < VANISH_MS;
      hasChanged = this.#note(index, isShown ? 1 : 0, result === "ERROR" ? 1 : 0, isBad) || hasChanged;
    }
    if (hasChanged) this.#arrange();
  }

  /** Whether anything changed for what is shown; an error that got milder keeps its place until it is over. */
  #note(index: number, isShown: 0 | 1, isError: 0 | 1, isBad: 0 | 1): boolean {
    const error = isShown && (isError || (isBad && this.#isError[index])) ? 1 : 0;
    const isSame = isShown === this.#isShown[index] && error === this.#isError[index];
    this.#isShown[index] = isShown;
    this.#isError[index] = error;
    return !isSame;
  }

  #arrange(): void {
    const shown = CONSTRAINT_IDS.filter((_, index) => this.#isShown[index]);
    const isError = (id: ConstraintId): boolean => this.#isError[CONSTRAINT_IDS.indexOf(id)] === 1;
    this.#advice = [...shown.filter(isError), ...shown.filter((id) => !isError(id))];
  }
}
