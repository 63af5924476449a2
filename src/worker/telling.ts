import type { ChunkPayload } from "../domain/chunk.js";
import type { ChunkQuality, ConstraintCheck } from "../domain/constraints.js";
import type { Collector, Thumbnailer } from "../domain/engine.js";
import type { FaceObservation } from "../domain/face.js";
import type { PreviewPicture, PreviewRequest } from "../domain/preview.js";
import type { Frame } from "../domain/video.js";
import type { Credits } from "../pipeline/credits.js";
import type { PipelineEvents } from "../pipeline/measure.js";
import { drawPreview } from "./preview.js";
import { PreviewSender, type PreviewSlot } from "./preview-sender.js";
import type { ChunkAges, FromWorker } from "./protocol.js";
import { SkinSignal } from "./skin-signal.js";
import type { TickCounter } from "./tick-counter.js";

/** Ticks are for people: four a second are enough. */
const TICK_INTERVAL_MS = 250;

/** The still that is kept with a measurement. */
const STILL: PreviewRequest = { widthPx: 640, heightPx: 480, rateHzMax: 1, zoom: false, overlay: "regions" };

/** Posts a message to the main thread; the buffers are moved. */
export type Post = (message: FromWorker, moved?: ArrayBuffer[]) => void;

/** What the measuring thread needs to tell the main thread what happens. */
export interface TellingParts {
  readonly post: Post;
  readonly collector: Collector;
  readonly thumbnail: Thumbnailer;
  readonly slot: PreviewSlot;
  readonly counter: TickCounter;
  readonly credits: Credits;
  readonly showsWave: boolean;
  readonly signal: AbortSignal;
  readonly framesDropped: () => number;
  readonly onFace: (frameNumber: number, face: FaceObservation) => void;
}

/** Tells the main thread what goes through the pipeline: ticks, preview pictures, chunks. */
export class Telling implements PipelineEvents {
  readonly #parts: TellingParts;
  readonly #preview: PreviewSender;
  readonly #skin: SkinSignal | undefined;
  #newestFrame: Frame | undefined;
  #newestFace: FaceObservation | undefined;
  #newestFrameAtMs = 0;
  #tickedAtMs = Number.NEGATIVE_INFINITY;
  #chunkCount = 0;
  /** Of the newest chunk, and not told yet. */
  #still: PreviewPicture | undefined;

  constructor(parts: TellingParts) {
    this.#parts = parts;
    this.#preview = new PreviewSender(parts.thumbnail, parts.collector, parts.slot, parts.post);
    this.#skin = parts.showsWave ? new SkinSignal(parts.thumbnail) : undefined;
  }

  get chunkCount(): number {
    return this.#chunkCount;
  }

  /** The same frames; notes when each was there. */
  async *arriving(frames: AsyncIterable<Frame>): AsyncGenerator<Frame, void, undefined> {
    for await (const frame of frames) {
      this.#newestFrameAtMs = performance.now();
      yield frame;
    }
  }

  frame(frame: Frame, face: FaceObservation | undefined, collecting: boolean, check: ConstraintCheck): void {
    const { counter, framesDropped, onFace, post } = this.#parts;
    this.#newestFrame = frame;
    this.#newestFace = face;
    const nowMs = performance.now();
    this.#skin?.add(frame, face, collecting);
    counter.count(frame, face, collecting, framesDropped(), nowMs, check);
    if (face && collecting) onFace(frame.number, face);
    this.#preview.offer(frame, face, nowMs);
    if (this.#parts.slot.wantsStill) this.#postStill(frame);
    if (nowMs - this.#tickedAtMs < TICK_INTERVAL_MS) return;
    this.#tickedAtMs = nowMs;
    post({ kind: "tick", tick: counter.tick(), skin: this.#skin?.take() });
  }

  async chunk(chunk: ChunkPayload, last: boolean, quality: ChunkQuality): Promise<void> {
    const { post, credits, signal, counter } = this.#parts;
    this.#chunkCount += 1;
    const sealedAtMs = performance.now();
    // Reports show it as the face that was measured.
    if (this.#newestFrame && (this.#newestFace || this.#chunkCount === 1)) this.#keepStill(this.#newestFrame);
    try {
      await credits.take(signal);
    } catch (error) {
      this.rest(chunk, quality);
      throw error;
    }
    const facts = { quality, ages: this.#agesOf(sealedAtMs), tick: counter.tick() };
    post({ kind: "chunk", chunk, last, ...facts }, [chunk.payload.buffer, chunk.metadata.buffer]);
  }

  /** No more chunks will come: tells the newest still. */
  end(): void {
    const picture = this.#still;
    this.#still = undefined;
    if (picture) this.#parts.post({ kind: "still", picture }, [picture.rgb.buffer]);
  }

  /** The first is told at once, in case that this thread ends by force. One for each chunk would fill a megabyte each time. */
  #keepStill(frame: Frame): void {
    if (this.#chunkCount === 1) this.#postStill(frame);
    else this.#still = this.#drawStill(frame, this.#still);
  }

  #postStill(frame: Frame): void {
    this.#parts.slot.wantsStill = false;
    const picture = this.#drawStill(frame);
    this.#parts.post({ kind: "still", picture }, [picture.rgb.buffer]);
  }

  /** @param over a picture that is used up */
  #drawStill(frame: Frame, over?: PreviewPicture): PreviewPicture {
    const { collector, thumbnail } = this.#parts;
    return drawPreview(thumbnail, frame, this.#newestFace, { regions: collector.regionPolygons() }, STILL, over?.rgb);
  }

  rest(chunk: ChunkPayload, quality: ChunkQuality): void {
    const facts = { quality, ages: this.#agesOf(performance.now()), tick: this.#parts.counter.tick() };
    this.#parts.post({ kind: "rest", chunk, ...facts }, [chunk.payload.buffer, chunk.metadata.buffer]);
  }

  /** Threads have clocks of their own: ages mean the same on both sides. */
  #agesOf(sealedAtMs: number): ChunkAges {
    const nowMs = performance.now();
    return { capturedMs: nowMs - this.#newestFrameAtMs, extractedMs: nowMs - sealedAtMs };
  }
}
