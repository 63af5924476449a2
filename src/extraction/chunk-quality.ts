import { type ChunkQuality, CONSTRAINT_IDS, type ConstraintCheck, type ConstraintId } from "../domain/constraints.js";

/** A warning costs half of what an error does. */
const WARN_COST = 0.5;

/** Sums up the checks of the frames of a chunk. */
export class ChunkQualityMeter {
  readonly #movedPctMax: number;
  /** Cost of each constraint, by its number: one for a frame in ERROR. */
  readonly #costs = new Float64Array(CONSTRAINT_IDS.length);
  #frames = 0;
  #faces = 0;
  #movedFrames = 0;
  #cost = 0;
  #movementMm = 0;
  #brightnessSum = 0;
  #rateSum = 0;
  #rates = 0;

  /** @param movedPctMax percent of frames in which the head may have moved too much (chunkMovementThresh_pct). */
  constructor(movedPctMax: number) {
    this.#movedPctMax = movedPctMax;
  }

  /** Takes the check of the next frame. */
  add({ overall, results, conditions }: ConstraintCheck): void {
    const { brightness, movementMm, rateHz } = conditions;
    this.#frames += 1;
    this.#cost += costOf(overall);
    let index = 0;
    for (const id of CONSTRAINT_IDS) {
      this.#costs[index] = (this.#costs[index] ?? 0) + costOf(results[id]);
      index += 1;
    }
    if (results.FaceMovement === "ERROR") this.#movedFrames += 1;
    if (!Number.isNaN(rateHz)) {
      this.#rateSum += rateHz;
      this.#rates += 1;
    }
    if (Number.isNaN(brightness)) return;
    this.#faces += 1;
    this.#brightnessSum += brightness;
    this.#movementMm = Math.max(this.#movementMm, movementMm);
  }

  /**
   * The quality of what was added since the last call.
   *
   * Stars: 5 less four times the mean cost of a frame, where ERROR costs 1 and WARN a half, rounded; 1 for a chunk in
   * which the head moved too much in more than `movedPctMax` percent of the frames, or without a face.
   */
  take(chunkNumber: number): ChunkQuality {
    const frames = Math.max(this.#frames, 1);
    const moved = this.#movedFrames * 100 > this.#movedPctMax * frames;
    const hasFace = this.#faces > 0;
    const quality: ChunkQuality = {
      number: chunkNumber,
      faceShare: rounded(this.#faces / frames, 3),
      movementMm: hasFace ? rounded(this.#movementMm, 1) : null,
      brightness: hasFace ? rounded(this.#brightnessSum / this.#faces, 1) : null,
      rateHz: this.#rates > 0 ? rounded(this.#rateSum / this.#rates, 2) : null,
      stars: moved || !hasFace ? 1 : Math.round(5 - (4 * this.#cost) / frames),
      worst: moved ? "FaceMovement" : this.#worst(),
    };
    this.reset();
    return quality;
  }

  /** Forgets the frames of a window that came to nothing. */
  reset(): void {
    this.#costs.fill(0);
    this.#frames = this.#faces = this.#movedFrames = this.#rates = 0;
    this.#cost = this.#movementMm = this.#brightnessSum = this.#rateSum = 0;
  }

  #worst(): ConstraintId | null {
    let worst: ConstraintId | null = null;
    let cost = 0;
    for (const [index, id] of CONSTRAINT_IDS.entries()) {
      const own = this.#costs[index] ?? 0;
      if (own <= cost) continue;
      cost = own;
      worst = id;
    }
    return worst;
  }
}

function costOf(result: ConstraintCheck["overall"]): number {
  if (result === "GOOD") return 0;
  return result === "WARN" ? WARN_COST : 1;
}

function rounded(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale;
}
