import type { ChunkPayload } from "../domain/chunk.js";
import type { ChunkQuality, ConstraintCheck } from "../domain/constraints.js";
import type { Collector, FaceTracker } from "../domain/engine.js";
import type { FaceObservation } from "../domain/face.js";
import type { Frame } from "../domain/video.js";
import { ChunkQualityMeter } from "../extraction/chunk-quality.js";
import { movedPctMaxOf } from "../extraction/constraint-config.js";
import type { ConstraintGuard } from "./constraint-guard.js";

/** The stages that a measurement runs through, already opened. */
export interface Stages {
  readonly frames: AsyncIterable<Frame>;
  readonly tracker: FaceTracker;
  readonly collector: Collector;
  /** Watches the collected frames, where the measurement is to end when they stay unusable. */
  readonly guard?: ConstraintGuard | undefined;
}

/** What the pipeline tells, in the order in which it happens. */
export interface PipelineEvents {
  /** After every frame. `collecting` is false as long as the measurement has not begun. */
  frame(frame: Frame, face: FaceObservation | undefined, collecting: boolean, check: ConstraintCheck): void;
  /**
   * A sealed chunk and how good its frames were; `last` when no other follows. The pipeline waits for the promise,
   * so whoever takes chunks can hold it back.
   */
  chunk(chunk: ChunkPayload, last: boolean, quality: ChunkQuality): Promise<void>;
  /** What was collected when the measurement ended before its time. */
  rest(chunk: ChunkPayload, quality: ChunkQuality): void;
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
 * then what is left is sealed as the last chunk. On an abort or a lost source `frames` throws, and so does
 * this, after it has sealed what there is: that is kept, but no longer sent.
 */
export async function measure(
  stages: Stages,
  events: PipelineEvents,
  gate: Gate,
  beforeStart: BeforeStart,
  plannedMs: number,
): Promise<void> {
  const { collector } = stages;
  const meter = new ChunkQualityMeter(movedPctMaxOf(collector.getConstraintsConfig("json")));
  try {
    await collect(stages, events, gate, beforeStart, plannedMs, meter);
  } catch (error) {
    sealRest(collector, events, meter);
    throw error;
  }
  if (!isCollecting(collector)) return;
  collector.forceComplete();
  await handOver(collector, events, meter, true);
}

async function collect(
  { frames, tracker, collector, guard }: Stages,
  events: PipelineEvents,
  gate: Gate,
  beforeStart: BeforeStart,
  plannedMs: number,
  meter: ChunkQualityMeter,
): Promise<void> {
  let startedAtMs: number | undefined;
  for await (const frame of frames) {
    if (startedAtMs !== undefined && frame.timestampMs - startedAtMs >= plannedMs) break;
    const face = tracker.track(frame);
    const check = collector.checkConstraints(frame, face);
    if (!gate.isOpen) {
      collector.extractChannels(frame, face);
      events.frame(frame, face, false, check);
      if (beforeStart === "watch") continue;
      await gate.opened;
    }
    if (startedAtMs === undefined) {
      collector.startCollection();
      startedAtMs = frame.timestampMs;
    }
    if (frame.number === MARKED_FRAME) collector.addMarker(`This is the ${MARKED_FRAME}th frame`);
    const state = collector.extractChannels(frame, face);
    events.frame(frame, face, true, check);
    meter.add(check);
    if (state === "CHUNKREADY" || state === "COMPLETED")
      await handOver(collector, events, meter, state === "COMPLETED");
    if (state === "COMPLETED") return;
    guard?.watch(check, frame.timestampMs);
  }
}

function isCollecting(collector: Collector): boolean {
  return collector.getState() === "COLLECTING" || collector.getState() === "CHUNKREADY";
}

function sealRest(collector: Collector, events: PipelineEvents, meter: ChunkQualityMeter): void {
  if (!isCollecting(collector)) return;
  collector.forceComplete();
  for (let chunk = collector.getChunkData(); chunk !== null; chunk = collector.getChunkData()) {
    if (chunk.valid) events.rest(chunk, meter.take(chunk.chunkNumber));
  }
}

/** Fetches everything that is sealed; only the newest of it can be the last. */
async function handOver(
  collector: Collector,
  events: PipelineEvents,
  meter: ChunkQualityMeter,
  completed: boolean,
): Promise<void> {
  let chunk = collector.getChunkData();
  while (chunk !== null) {
    const next = collector.getChunkData();
    await events.chunk(chunk, completed && next === null, meter.take(chunk.chunkNumber));
    chunk = next;
  }
  // A window with too little face gives no chunk; its frames belong to no other.
  meter.reset();
}
