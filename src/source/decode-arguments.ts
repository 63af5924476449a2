import type { FfmpegBinary } from "./ffmpeg-binary.js";

/** What the decoder is asked for. */
export interface DecodePlan {
  /** ffmpeg's arguments for the input, up to its `-i`. */
  readonly inputArguments: readonly string[];
  /** Degrees clockwise by which the pictures are turned. */
  readonly rotationDeg: 0 | 90 | 180 | 270;
  /** Left and right exchanged, as in a mirror: cameras. */
  readonly mirrored: boolean;
  /** Size after turning, when it is known before: pictures of another size in the middle are scaled to it. */
  readonly size?: { readonly widthPx: number; readonly heightPx: number } | undefined;
  /** Full-range samples stay so; undefined: whatever the source has. */
  readonly fullRange?: boolean | undefined;
  /** The source's own format, when it is known. */
  readonly pixelFormat?: string | undefined;
  readonly threads: number;
  /** List the times of arrival as well: it may turn out that the source has no times of its own. */
  readonly arrivals?: boolean | undefined;
}

/**
 * Frames that may wait inside ffmpeg. A pipe holds a twentieth of a 720p frame, so without them decoding and
 * measuring would take turns; with them they run on two cores.
 */
const READ_AHEAD_FRAMES = 4;

/**
 * ffmpeg's arguments for two outputs in step:
 *
 *   input -> turn, mirror -> 4:2:0 -+-> raw frames            -> pipe:1
 *                                   +-> 2 x 2 px, listed only -> pipe:3   one line with the time per frame
 *                                   '-> the same by the clock -> pipe:4   when it came, in seconds of the wall clock
 *
 * A list made from the same decoded frames has exactly one line for each; one made from packets would not
 * when the decoder skips some. Nothing is added or left out for a constant rate (passthrough).
 */
export function decodeArguments(ffmpeg: Pick<FfmpegBinary, "hasFpsMode">, plan: DecodePlan): string[] {
  const everyFrame = ffmpeg.hasFpsMode ? ["-fps_mode", "passthrough"] : ["-vsync", "passthrough"];
  const raw = ["-c:v", "rawvideo"];
  // Microseconds: the source's own clock may be finer than its frame rate.
  const list = [...everyFrame, ...raw, "-enc_time_base", "1:1000000", "-flush_packets", "1", "-f", "framecrc"];
  return [
    ["-nostdin", "-hide_banner", "-nostats"],
    // We turn the pictures ourselves: builds disagree about the old `rotate` tag.
    ["-noautorotate", "-threads", String(plan.threads), ...plan.inputArguments],
    ["-filter_complex_threads", "1", "-filter_complex", filterGraph(plan)],
    ["-map", "[frames]", ...everyFrame, ...raw],
    ["-f", "fifo", "-fifo_format", "rawvideo", "-queue_size", String(READ_AHEAD_FRAMES), "pipe:1"],
    ["-map", "[times]", ...list, "pipe:3"],
    plan.arrivals === true ? ["-map", "[arrivals]", ...list, "pipe:4"] : [],
  ].flat();
}

function filterGraph(plan: DecodePlan): string {
  const steps = [...turn(plan.rotationDeg), ...(plan.mirrored ? ["hflip"] : [])];
  // Costs nothing while the size is right.
  if (plan.size !== undefined) steps.push(`scale=${plan.size.widthPx}:${plan.size.heightPx}`);
  steps.push(`format=${outputFormat(plan)}`);
  const decoded = `[0:V:0]${steps.join(",")}`;
  if (plan.arrivals !== true) return `${decoded},split[frames][copy];[copy]crop=2:2:0:0[times]`;
  const arrivals = "[clocked]crop=2:2:0:0,settb=1/1000000,setpts=RTCTIME[arrivals]";
  return `${decoded},split=3[frames][copy][clocked];[copy]crop=2:2:0:0[times];${arrivals}`;
}

function turn(rotationDeg: DecodePlan["rotationDeg"]): readonly string[] {
  switch (rotationDeg) {
    case 0:
      return [];
    case 90:
      return ["transpose=clock"];
    case 180:
      return ["hflip", "vflip"];
    case 270:
      return ["transpose=cclock"];
  }
}

/**
 * The range is kept: squeezing 0-255 into 16-235 costs time and precision. "yuv420p" marked as full range
 * must be asked for by that name to pass untouched; everything else of full range has yuvj420p as its 4:2:0.
 */
function outputFormat({ fullRange, pixelFormat }: DecodePlan): string {
  if (fullRange === undefined) return "yuv420p|yuvj420p";
  return fullRange && pixelFormat !== "yuv420p" ? "yuvj420p" : "yuv420p";
}
