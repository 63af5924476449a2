import type { PreviewOverlay, PreviewPicture, PreviewRequest } from "../../src/domain/preview.js";
import type { ChunkResult } from "../../src/domain/result.js";
import { initialMeasurement, type Progress } from "../../src/results/measurement.js";
import { MeasurementStore } from "../../src/results/store.js";

// A measurement of 20 s in four chunks, event by event, as the application would tell it.

export const CHUNK_S = 5;
export const PLANNED_S = 20;
const RATE_HZ = 30;

export function newStore(): MeasurementStore {
  return new MeasurementStore(initialMeasurement("local", "REST", CHUNK_S));
}

export function open(store: MeasurementStore): void {
  store.dispatch({
    type: "opened",
    source: {
      kind: "file",
      label: "subject-07.mp4",
      format: { widthPx: 1280, heightPx: 720, fullRange: false, bt709: true },
      rateHz: RATE_HZ,
      durationS: PLANNED_S,
      rotationDeg: 0,
    },
    plannedS: PLANNED_S,
    plannedChunks: PLANNED_S / CHUNK_S,
  });
  store.dispatch({ type: "created", measurementId: "6f2c01e1", atMs: 800 });
}

export function say(store: MeasurementStore, atS: number, level: "info" | "warning" | "error", text: string): void {
  store.dispatch({ type: "message", message: { atMs: atS * 1000, level, text } });
}

export function measure(store: MeasurementStore, positionS: number, change: Partial<Progress> = {}): void {
  const frames = Math.round(positionS * RATE_HZ);
  const { phase } = store.getSnapshot();
  if (phase.kind !== "measuring") store.dispatch({ type: "phase", phase: { kind: "measuring" } });
  store.dispatch({
    type: "progress",
    progress: {
      framesRead: frames,
      framesTracked: frames,
      framesDropped: 0,
      positionS,
      rateHz: RATE_HZ,
      sourceRateHz: RATE_HZ,
      speed: 1,
      face: "tracked",
      presence: 0.998,
      advice: [],
      violated: null,
      ...change,
    },
  });
}

/** Skin that the same heart makes darker with every beat, up to that time. */
export function glow(store: MeasurementStore, positionS: number): void {
  const timesS = Array.from({ length: Math.round(positionS * RATE_HZ) }, (_, sample) => sample / RATE_HZ);
  const greens = timesS.map((atS) => 140 - 0.8 * Math.sin(2 * Math.PI * 1.2 * atS) + 2 * Math.sin(atS / 4));
  store.dispatch({ type: "skin", samples: { timesS, greens } });
}

/** A chunk that was cut, sent and acknowledged. */
export function sendChunk(store: MeasurementStore, number: number): void {
  const atMs = (number + 1) * CHUNK_S * 1000;
  const [startS, endS] = [number * CHUNK_S, (number + 1) * CHUNK_S];
  store.dispatch({ type: "extracted", atMs, capturedAtMs: atMs - 3, number, startS, endS });
  store.dispatch({ type: "sent", atMs: atMs + 1, number });
  store.dispatch({ type: "acknowledged", atMs: atMs + 4, number, roundTripMs: 3 });
}

/** The answer to a chunk: a heart rate of 72 and more, and a pulse wave of the same rate. */
export function answerChunk(store: MeasurementStore, number: number): void {
  const atMs = (number + 1) * CHUNK_S * 1000 + 40;
  store.dispatch({ type: "result", atMs, result: resultOf(number) });
}

function resultOf(number: number): ChunkResult {
  const late = number >= 2;
  return {
    measurementId: "6f2c01e1",
    chunkNumber: number,
    errorCode: "OK",
    channels: [
      { id: "HR_BPM", values: heartRates(72.41 + number / 10, (number + 1) * CHUNK_S), notes: [] },
      { id: "HR_BPM_CONFIDENCE", values: [late ? 0.93 : 0.61], notes: [] },
      { id: "SNR", values: [6.83 + number], notes: [] },
      { id: "BR_BPM", values: late ? [14.2] : [], notes: late ? ["NOTE_PROVISIONAL"] : ["NOTE_TOO_SHORT"] },
      { id: "BR_BPM_CONFIDENCE", values: late ? [0.34] : [], notes: [] },
      { id: "HRV_SDNN", values: [], notes: ["NOTE_TOO_SHORT"] },
      { id: "PULSE_WAVE", values: pulseWave((number + 1) * CHUNK_S), notes: [] },
    ],
    raw: new Uint8Array(),
  };
}

/** At every frame, up and down with each breath. */
function heartRates(mean: number, lengthS: number): number[] {
  return Array.from(
    { length: lengthS * RATE_HZ },
    (_, i) => mean + 1.5 * Math.sin((2 * Math.PI * i) / RATE_HZ / CHUNK_S),
  );
}

/** A steep rise and a notch, 72 times a minute. */
function pulseWave(lengthS: number): number[] {
  return Array.from({ length: lengthS * RATE_HZ }, (_, sample) => {
    const phase = ((sample / RATE_HZ) * 1.2) % 1;
    return Math.exp(-(((phase - 0.25) / 0.1) ** 2)) + 0.35 * Math.exp(-(((phase - 0.6) / 0.12) ** 2));
  });
}

/** Everything up to the last result. */
export function complete(store: MeasurementStore): void {
  open(store);
  measure(store, PLANNED_S);
  for (let number = 0; number < PLANNED_S / CHUNK_S; number += 1) {
    sendChunk(store, number);
    answerChunk(store, number);
  }
  store.dispatch({ type: "phase", phase: { kind: "completed" } });
}

/** A plain face that sways: background, skin, hair, eyes, mouth, and the rectangle around it. */
export function facePicture({ widthPx, heightPx, overlay }: PreviewRequest, atS: number): PreviewPicture {
  const rgb = new Uint8Array(widthPx * heightPx * 3);
  const middleX = widthPx / 2 + Math.sin(atS) * widthPx * 0.02;
  const middleY = heightPx * 0.52;
  const size = heightPx * 0.36;
  for (let y = 0; y < heightPx; y += 1) {
    for (let x = 0; x < widthPx; x += 1) {
      const u = (x + 0.5 - middleX) / (size * 0.78);
      const v = (y + 0.5 - middleY) / size;
      rgb.set(faceColor(u, v, y / heightPx, overlay), (y * widthPx + x) * 3);
    }
  }
  return { widthPx, heightPx, rgb };
}

/** `u` and `v` are 1 at the edge of the face. */
function faceColor(u: number, v: number, down: number, overlay: PreviewOverlay): readonly [number, number, number] {
  const edge = Math.max(Math.abs(u), Math.abs(v));
  if (overlay !== "none" && edge > 1.06 && edge < 1.24) return [70, 210, 120];
  const radius = Math.hypot(u, v);
  if (Math.hypot((Math.abs(u) - 0.38) * 1.1, (v + 0.12) * 2) < 0.16) return [40, 34, 38];
  if (Math.hypot(u, (v - 0.52) * 3) < 0.28) return [150, 70, 74];
  if (radius < 1 && v < -0.55 + Math.abs(u) * 0.2) return [62, 44, 34];
  if (radius < 1) return [214 - 40 * radius, 164 - 40 * radius, 138 - 40 * radius];
  if (Math.hypot(u / 1.9, (v - 2.1) / 1.1) < 1) return [58, 78, 120];
  return [52 + 40 * down, 66 + 40 * down, 74 + 40 * down];
}
