import type { CaptureClock } from "./video.js";

/** What may go wrong between a live source and its frames. */
export const CAPTURE_NOTE_IDS = [
  "FRAME_RATE_LOW",
  "PICTURE_FROZEN",
  "EXPOSURE_HUNTING",
  "GAP",
  "ENDED_EARLY",
  "FRAMES_DROPPED",
] as const;
export type CaptureNoteId = (typeof CAPTURE_NOTE_IDS)[number];

/** One such thing that happened during a measurement, and a sentence about it. */
export interface CaptureNote {
  readonly id: CaptureNoteId;
  readonly text: string;
}

/** How evenly the frames of a live source came. */
export interface CaptureTiming {
  readonly clock: CaptureClock;
  /** From the mean interval between frames, gaps left out, in Hz; null with fewer than three frames. */
  readonly rateHz: number | null;
  /** Mean distance of the intervals from their median, gaps left out, in ms; null with fewer than three frames. */
  readonly jitterMs: number | null;
  /** Longest interval, in ms. */
  readonly longestMs: number;
}
