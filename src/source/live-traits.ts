import type { VideoReader } from "./decoder.js";
import { isRtsp, type StreamSpec } from "./input-arguments.js";
import type { LivePlan } from "./live.js";
import type { LiveTiming } from "./live-clock.js";
import type { SourceSpec } from "./spec.js";

/** What kind of live source it is: how it tells the time, and whether it ends and comes back. */
export type LiveTraits = LiveTiming &
  Pick<LivePlan, "canReturn" | "mayEnd" | "countsFrom"> & { readonly kind: LiveKind };

type LiveKind = "camera" | "feed" | "playlist" | "pipe";

/** While measuring, a source may be away for this long; then what was missed is too much. */
const GAP_MS_MAX = 1000;

/** Before a measurement there is time to connect a camera again. */
const WAITING_MS = 60_000;
/** A writer that comes back to its FIFO later than this does not come back: it was the end. */
const WRITER_MS = 3000;
/** A playlist has some seconds more than were shown; those go on while its server is away. */
const PLAYLIST_MS = 15_000;

/**
 * Told by what was opened:
 *
 *   camera                        pictures as they are taken; its end is a loss
 *   rtsp://, Motion JPEG by http  the same
 *   HLS without an end            pictures in portions, on a clock that goes on; its end is a loss
 *   FIFO                          the writer may have written all, or be started again
 *   the rest                      with an end of its own, and only once: standard input, a file by http
 */
export function traitsOf(
  spec: Exclude<SourceSpec, { kind: "file" }>,
  { container = "", isTimedByArrival, lengthS }: Pick<VideoReader, "container" | "isTimedByArrival" | "lengthS">,
): LiveTraits {
  const isArrival = isTimedByArrival;
  const live = { isRealTime: true, isArrival, keepsClock: false, canReturn: true, mayEnd: false } as const;
  if (spec.kind === "camera") return { ...live, kind: "camera", countsFrom: "last-frame" };
  if (isRtsp(spec) || (spec.kind === "url" && isArrival)) return { ...live, kind: "feed", countsFrom: "last-frame" };
  return { ...live, ...otherTraits(spec, container, lengthS), isRealTime: isArrival, countsFrom: "loss" };
}

function otherTraits(
  spec: StreamSpec,
  container: string,
  lengthS: number | undefined,
): Pick<LiveTraits, "kind" | "canReturn" | "mayEnd" | "keepsClock"> {
  const isPlaylist = /\bhls\b/.test(container);
  if (spec.kind === "fifo") return { kind: "pipe", canReturn: true, mayEnd: true, keepsClock: false };
  if (spec.kind === "stdin" || lengthS !== undefined) {
    return { kind: isPlaylist ? "playlist" : "pipe", canReturn: false, mayEnd: true, keepsClock: false };
  }
  return { kind: isPlaylist ? "playlist" : "pipe", canReturn: true, mayEnd: false, keepsClock: isPlaylist };
}

/** Milliseconds without a picture after which a source is taken for dead. Undefined traits: it is being opened. */
export function stallLimitMs(traits: LiveTraits | undefined, isMeasuring: boolean): number {
  switch (traits?.kind) {
    case "camera":
      return isMeasuring ? GAP_MS_MAX : 5000;
    case "feed":
      // Over a network, what was late may still come, with its own times.
      return isMeasuring ? 3000 : 5000;
    case "playlist":
      return 30_000;
    case "pipe":
    case undefined:
      return 10_000;
  }
}

/** Milliseconds for which a lost source is looked for. */
export function patienceMs({ kind, mayEnd }: LiveTraits, isMeasuring: boolean): number {
  if (!isMeasuring) return WAITING_MS;
  if (kind === "playlist") return PLAYLIST_MS;
  return mayEnd ? WRITER_MS : GAP_MS_MAX;
}
