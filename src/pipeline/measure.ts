import type { ChunkPayload } from "../domain/chunk.js";
import type { Collector, FaceTracker } from "../domain/engine.js";
import type { FaceObservation } from "../domain/face.js";
import type { Frame } from "../domain/video.js";

/** The stages that a measurement runs through, already opened. */
export interface Stages {
  readonly frames: AsyncIterable<Frame>;
  readonly tracker: FaceTracker;
  readonly collector: Collector;
}

/** What the pipeline tells, in the order in which it happens. */
export interface PipelineEvents {
  /** After every frame. `collecting` is false as long as the measurement has not begun. */
  frame(frame: Frame, face: FaceObservation | undefined, collecting: boolean): void;
  /**
   * A sealed chunk; `last` when no other follows. The pipeline waits for the promise, so whoever takes
   * chunks can hold it back.
   */
  chunk(chunk: ChunkPayload, last: boolean): Promise<void>;
}

export interface Gate {
  /** True once collection may begin. */
  readonly isOpen: boolean;
  /** Resolves when it opens or the measurement is aborted. */
  readonly opened: Promise<void>;
}

/** Whether frames that arrive before the start are looked at and let go (cameras) or waited with (files). */
export type BeforeStart = "watch" | "hold";

/** The original demo marks this frame, so that recordings can be compared. */
const MARKED_FRAME = 1000;

/**
 * Drives every frame through tracking and extraction and hands out the chunks.
 *
 *   frame -> track -> extractChannels -> CHUNKREADY / COMPLETED -> chunk
 *
 * Ends when the collector has all its chunks, `plannedMs` of media time are collected or the frames end;
 * then what is left is sealed as the last chunk. On an abort `frames` throws, and so does this.
 */
export async function measure(
  stages: Stages,
  events: PipelineEvents,
  gate: Gate,
  beforeStart: BeforeStart,
  plannedMs: number,
): Promise<void> {
  const { frames, tracker, collector } = stages;
  let startedAtMs: number | undefined;
  for await (const frame of frames) {
    if (startedAtMs !== undefined && frame.timestampMs - startedAtMs >= plannedMs) break;
    const face = tracker.track(frame);
    if (!gate.isOpen) {
      collector.extractChannels(frame, face);
      events.frame(frame, face, false);
      if (beforeStart === "watch") continue;
      await gate.opened;
    }
    if (startedAtMs === undefined) {
      collector.startCollection();
      startedAtMs = frame.timestampMs;
    }
    if (frame.number === MARKED_FRAME) collector.addMarker(`This is the ${MARKED_FRAME}th frame`);
    const state = collector.extractChannels(frame, face);
    events.frame(frame, face, true);
    if (state === "CHUNKREADY" || state === "COMPLETED") await handOver(collector, events, state === "COMPLETED");
    if (state === "COMPLETED") return;
  }
  if (collector.getState() !== "COLLECTING" && collector.getState() !== "CHUNKREADY") return;
  collector.forceComplete();
  await handOver(collector, events, true);
}

/** Fetches everything that is sealed; only the newest of it can be the last. */
async function handOver(collector: Collector, events: PipelineEvents, completed: boolean): Promise<void> {
  let chunk = collector.getChunkData();
  while (chunk !== null) {
    const next = collector.getChunkData();
    await events.chunk(chunk, completed && next === null);
    chunk = next;
  }
}
