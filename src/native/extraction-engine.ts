import type { ChunkPayload } from "../domain/chunk.js";
import type { ConstraintCheck, ConstraintId } from "../domain/constraints.js";
import type { Collector, CollectorState, Engine, Factory, RegionPolygon } from "../domain/engine.js";
import { AppError } from "../domain/errors.js";
import type { FaceObservation, PosePointNames } from "../domain/face.js";
import type { Frame } from "../domain/video.js";
import { FaceConstraints } from "../extraction/face-constraints.js";
import type { Addon, NativeCollector, NativeFactory } from "./addon.js";
import { DEFAULT_STUDY } from "./default-study.js";
import { flattenStudy } from "./flat-study.js";
import type { Study } from "./study.js";

/** By the numbers of the native side. */
const STATES = ["WAITING", "COLLECTING", "CHUNKREADY", "COMPLETED", "ERROR"] as const satisfies CollectorState[];
/** A clipped polygon has more vertices than its study: each side of the picture may add as many again as it cuts. */
const POLYGON_POINTS_MAX = 256;
const NO_POINTS = new Float32Array(0);

/** Reads a study of somebody's own: `parseStudy` of study.ts. */
export type StudyReader = (bytes: Uint8Array) => Study;

/** Our own extraction engine on top of the compiled add-on. */
export class ExtractionEngine implements Engine {
  readonly name = "dfxterm";
  readonly version: string;
  readonly #addon: Addon;
  readonly #readStudy: StudyReader;

  /** @param readStudy without it the engine knows its own study only */
  constructor(addon: Addon, readStudy: StudyReader = onlyOwnStudy) {
    this.#addon = addon;
    this.#readStudy = readStudy;
    this.version = addon.engineVersion();
  }

  createFactory(): Factory {
    return guarded(() => new ExtractionFactory(new this.#addon.Factory(), this.#readStudy));
  }
}

function onlyOwnStudy(): never {
  throw new AppError("STUDY", "this engine was made without a reader of studies: leave the study out");
}

class ExtractionFactory implements Factory {
  readonly #native: NativeFactory;
  readonly #readStudy: StudyReader;

  constructor(native: NativeFactory, readStudy: StudyReader) {
    this.#native = native;
    this.#readStudy = readStudy;
    this.initializeStudy(undefined);
  }

  initializeStudy(bytes: Uint8Array | undefined): void {
    const study = flattenStudy(bytes ? this.#readStudy(bytes) : DEFAULT_STUDY);
    const { id, pointNames, requiredPoints, regionNames, layout, limits } = study;
    guarded(() => this.#native.initializeStudy(id, pointNames, requiredPoints, regionNames, layout, limits));
  }

  createCollector(posePoints: PosePointNames): Collector {
    return guarded(() => new ExtractionCollector(this.#native.createCollector([...posePoints]), posePoints));
  }
}

class ExtractionCollector implements Collector {
  readonly #native: NativeCollector;
  readonly #constraints: FaceConstraints;
  readonly #regions: readonly RegionView[];

  constructor(native: NativeCollector, posePoints: PosePointNames) {
    this.#native = native;
    this.#constraints = new FaceConstraints(posePoints);
    this.#regions = native.regionNames().map((name) => new RegionView(name));
  }

  setTargetFps(rateHz: number): void {
    guarded(() => this.#native.setTargetFps(rateHz));
  }

  setChunkDurationSeconds(durationS: number): void {
    guarded(() => this.#native.setChunkDurationSeconds(durationS));
  }

  setNumberChunks(count: number): void {
    guarded(() => this.#native.setNumberChunks(count));
  }

  setProperty(key: string, value: string): void {
    guarded(() => this.#native.setProperty(key, value));
  }

  getState(): CollectorState {
    return stateOf(this.#native.getState());
  }

  startCollection(): void {
    guarded(() => this.#native.startCollection());
  }

  /** No closure and no object is made here: this runs for every frame. */
  extractChannels(frame: Frame, face: FaceObservation | undefined): CollectorState {
    const { format } = frame;
    try {
      return stateOf(
        this.#native.extractChannels(
          frame.data,
          format.widthPx,
          format.heightPx,
          format.fullRange,
          format.bt709,
          frame.number,
          frame.timestampMs,
          face !== undefined,
          face?.poseValid ?? false,
          face?.detected ?? false,
          face?.points ?? NO_POINTS,
          frame.keyFrame ?? false,
        ),
      );
    } catch (error) {
      throw asAppError(error);
    }
  }

  addMarker(text: string): void {
    guarded(() => this.#native.addMarker(text));
  }

  forceComplete(): void {
    guarded(() => this.#native.forceComplete());
  }

  getChunkData(): ChunkPayload | null {
    return guarded(() => this.#native.getChunkData());
  }

  cancelCollection(): void {
    guarded(() => this.#native.cancelCollection());
  }

  resetCollection(): void {
    guarded(() => this.#native.resetCollection());
  }

  getAvailableConstraints(): readonly ConstraintId[] {
    return this.#constraints.getAvailableConstraints();
  }

  getEnabledConstraints(): readonly ConstraintId[] {
    return this.#constraints.getEnabledConstraints();
  }

  enableConstraint(id: ConstraintId): void {
    this.#constraints.enableConstraint(id);
  }

  disableConstraint(id: ConstraintId): void {
    this.#constraints.disableConstraint(id);
  }

  checkConstraints(frame: Frame, face: FaceObservation | undefined): ConstraintCheck {
    return this.#constraints.checkConstraints(frame, face);
  }

  getConstraintErrorMessage(id: ConstraintId): string {
    return this.#constraints.getConstraintErrorMessage(id);
  }

  setConstraintsConfig(format: "json", text: string): void {
    this.#constraints.setConstraintsConfig(format, text);
  }

  getConstraintsConfig(format: "json"): string {
    return this.#constraints.getConstraintsConfig(format);
  }

  /** The result is overwritten by the next call. */
  regionPolygons(): readonly RegionPolygon[] {
    return guarded(() => {
      const visible: RegionPolygon[] = [];
      for (const [index, region] of this.#regions.entries()) {
        if (region.read(this.#native, index)) visible.push(region);
      }
      return visible;
    });
  }
}

/** One region's polygon in memory that is used again and again. */
class RegionView implements RegionPolygon {
  readonly name: string;
  readonly #memory = new Float32Array(POLYGON_POINTS_MAX * 2);
  #points = NO_POINTS;

  constructor(name: string) {
    this.name = name;
  }

  get points(): Float32Array {
    return this.#points;
  }

  /** Takes the region of the last frame; false when it is not visible. */
  read(native: NativeCollector, index: number): boolean {
    const length = native.regionPolygon(index, this.#memory) * 2;
    if (this.#points.length !== length) this.#points = this.#memory.subarray(0, length);
    return length > 0;
  }
}

function stateOf(number: number): CollectorState {
  return STATES[number] ?? "ERROR";
}

function guarded<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw asAppError(error);
  }
}

/** Gives a failure of the add-on its place among the program's errors; the sentence stays. */
function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const message = error instanceof Error ? error.message : String(error);
  return new AppError(code === "ENGINE_STUDY" ? "STUDY" : "ENGINE", message, { cause: error });
}
