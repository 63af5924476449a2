import type { Colours } from "./pos.js";
import { type Grid, type Placement, placementOf, type Run, sampled } from "./resample.js";
import type { RegionFrames } from "./series.js";

/** Colours of one region on the grid of a run. */
interface SampledColours {
  /** Overwritten by the next region. */
  readonly colours: Colours;
  /** One entry per sample: 0 where the region was not seen. */
  readonly covered: Uint8Array;
}

/**
 * Samples one region after the other on the grid of a run, in the same room: in a long recording a region takes half a
 * megabyte. Most regions are seen in the same frames, so that their samples lie at the same places.
 */
export class Sampler {
  readonly #timesMs: Float64Array;
  readonly #grid: Grid;
  readonly #run: Run;
  readonly #room: Colours;
  #usable: Uint8Array = new Uint8Array(0);
  #placement: Placement | undefined;

  constructor(timesMs: Float64Array, grid: Grid, run: Run) {
    const empty = (): Float64Array => new Float64Array(grid.count);
    this.#timesMs = timesMs;
    this.#grid = grid;
    this.#run = run;
    this.#room = { red: empty(), green: empty(), blue: empty() };
  }

  /** @returns undefined when the region is seen in no frame of the run. */
  colours({ usable, red, green, blue }: RegionFrames): SampledColours | undefined {
    const placement = this.#placementFor(usable);
    if (!placement) return undefined;
    sampled(red, placement, this.#room.red);
    sampled(green, placement, this.#room.green);
    sampled(blue, placement, this.#room.blue);
    return { colours: this.#room, covered: placement.covered };
  }

  #placementFor(usable: Uint8Array): Placement | undefined {
    const own = usable.subarray(this.#run.from, this.#run.to);
    const isSame = own.length === this.#usable.length && own.every((value, i) => value === this.#usable[i]);
    if (!isSame) this.#placement = placementOf(this.#timesMs, usable, this.#grid, this.#run);
    this.#usable = own;
    return this.#placement;
  }
}
