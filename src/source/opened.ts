import type { CaptureClock, Frame, SourceInfo } from "../domain/video.js";
import type { FfmpegBinary } from "./ffmpeg-binary.js";
import type { WidenPipe } from "./frame-pipe.js";
import type { VideoProbe } from "./probe.js";

export interface OpenOptions {
  readonly ffmpeg: FfmpegBinary;
  /** No more than this much of a file will be used. */
  readonly maxS: number;
  /** Wanted of a camera; undefined: its own default. */
  readonly resolution?: { readonly widthPx: number; readonly heightPx: number } | undefined;
  /** Wanted of a camera; undefined: 30 Hz, or what it has. */
  readonly rateHz?: number | undefined;
  /** Wanted of a camera, in ffmpeg's words; undefined: Motion JPEG where it has it. */
  readonly pixelFormat?: string | undefined;
  /** Threads of the decoder. One leaves the other core to the measurement. */
  readonly threads?: number | undefined;
  /** A live source that does not open in this time is given up. ffmpeg itself looks at a stream for up to 5 s. */
  readonly openMs?: number | undefined;
  /** A source that gives no picture for this long is lost; undefined: as is usual for its kind. */
  readonly stallMs?: number | undefined;
  /** A live source that is lost is looked for this long; undefined: as is usual for its kind. */
  readonly patienceMs?: number | undefined;
  /** A source may be away for longer while nothing is measured. Undefined: it always is. */
  readonly isMeasuring?: (() => boolean) | undefined;
  /** Takes what happens to a live source: sentences. */
  readonly tell?: ((sentence: string) => void) | undefined;
  /** A live source is lost, or back. */
  readonly onAway?: ((isAway: boolean) => void) | undefined;
  readonly platform?: NodeJS.Platform | undefined;
  /** See DecodeOptions. */
  readonly widenPipe?: WidenPipe | undefined;
}

/** A source that is running. Who opens it closes it, whether or not it has been iterated. */
export interface OpenedSource {
  readonly info: SourceInfo;
  /** Once; every frame overwrites the one before. */
  readonly frames: AsyncIterable<Frame>;
  /** Frames come when they are taken: who is late loses some. All others wait. */
  readonly isRealTime: boolean;
  /** Where the times of the frames come from. */
  readonly clock: CaptureClock;
  /** What was found in a file; undefined for live sources. */
  readonly probe: VideoProbe | undefined;
  /** Frames that were left out because their time was not after that of the one before. */
  readonly leftOutCount: () => number;
  /** How a camera's exposure is held still; undefined for what is no camera. */
  readonly exposureHint?: string | undefined;
  /** What the operator should know of it: sentences. */
  readonly notices: readonly string[];
  /** Process id of ffmpeg. */
  readonly pid: number | undefined;
  close(): Promise<void>;
}
