import type { Collector, Thumbnailer } from "../domain/engine.js";
import type { FaceObservation } from "../domain/face.js";
import type { PreviewRequest } from "../domain/preview.js";
import type { Frame } from "../domain/video.js";
import { drawPreview } from "./preview.js";
import type { FromWorker } from "./protocol.js";
import type { TargetBox } from "./target-box.js";

/** What the screen wants, and whether it has used up the last picture. A queue of one: pictures are made on demand. */
export class PreviewSlot {
  request: PreviewRequest | undefined;
  isFree = true;
  /** A still was asked for and is still to come. */
  wantsStill = false;
}

/** Makes a preview picture when one is wanted, the last is used up and the rate allows it. */
export class PreviewSender {
  #box: TargetBox | undefined;
  #sentAtMs = Number.NEGATIVE_INFINITY;

  readonly #thumbnail: Thumbnailer;
  readonly #collector: Pick<Collector, "regionPolygons" | "getConstraintsConfig">;
  readonly #slot: PreviewSlot;
  readonly #post: (message: FromWorker, moved: ArrayBuffer[]) => void;

  constructor(
    thumbnail: Thumbnailer,
    collector: Pick<Collector, "regionPolygons" | "getConstraintsConfig">,
    slot: PreviewSlot,
    post: (message: FromWorker, moved: ArrayBuffer[]) => void,
  ) {
    this.#thumbnail = thumbnail;
    this.#collector = collector;
    this.#slot = slot;
    this.#post = post;
  }

  offer(frame: Frame, face: FaceObservation | undefined, nowMs: number): void {
    const { request, isFree } = this.#slot;
    if (!request || !isFree || nowMs - this.#sentAtMs < 1000 / request.rateHzMax) return;
    this.#sentAtMs = nowMs;
    this.#slot.isFree = false;
    this.#box ??= JSON.parse(this.#collector.getConstraintsConfig("json")) as TargetBox;
    const marks = { regions: this.#collector.regionPolygons(), box: this.#box };
    const picture = drawPreview(this.#thumbnail, frame, face, marks, request);
    this.#post({ kind: "picture", picture }, [picture.rgb.buffer]);
  }
}
