import { ADVICE, CONSTRAINT_IDS, type ConstraintCheck, VIOLATION } from "../domain/constraints.js";
import { AppError } from "../domain/errors.js";

/**
 * dfx-demo-py fails a camera measurement at the first frame in ERROR. One jerk keeps FaceMovement in ERROR for its whole
 * window (2 s), so the error must outlast that.
 */
const SUSTAINED_MS = 3000;

/** Ends the measurement of a camera whose picture stays unusable; files and streams are never ended so. */
export class ConstraintGuard {
  #sinceMs: number | undefined;

  /**
   * Takes the check of the next collected frame.
   * @throws AppError NO_FACE or NO_SIGNAL with the reason and the advice, after three seconds of ERROR.
   */
  watch({ overall, results }: ConstraintCheck, timestampMs: number): void {
    if (overall !== "ERROR") {
      this.#sinceMs = undefined;
      return;
    }
    this.#sinceMs ??= timestampMs;
    if (timestampMs - this.#sinceMs < SUSTAINED_MS) return;
    const id = CONSTRAINT_IDS.find((each) => results[each] === "ERROR") ?? "FaceNone";
    throw new AppError(
      id === "FaceNone" ? "NO_FACE" : "NO_SIGNAL",
      `the measurement was stopped because for ${SUSTAINED_MS / 1000} s ${VIOLATION[id]}; start again: ${lower(ADVICE[id])}`,
    );
  }
}

function lower(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, "");
}
