import type { SourceInfo } from "../domain/video.js";

/** What `--videolength` is when it is not given: 60 s, and for cameras 30 s, as in the original demo. */
const FILE_DEFAULT_S = 60;
const CAMERA_DEFAULT_S = 30;

/**
 * Seconds of video that are measured: what was asked for, but not more than there is. The original counted
 * frames at the nominal rate; times give the same and stay right when the rate varies.
 */
export function plannedDurationS(
  source: Pick<SourceInfo, "kind" | "durationS">,
  videoLengthS: number | undefined,
): number {
  const wantedS = videoLengthS ?? (source.kind === "file" ? FILE_DEFAULT_S : CAMERA_DEFAULT_S);
  return Math.min(wantedS, source.durationS ?? Number.POSITIVE_INFINITY);
}
