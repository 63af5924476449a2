import { type FfmpegBinary, type FfmpegCandidate, listCandidates } from "../../source/ffmpeg-binary.js";
import { broken, type Check, ok } from "./check.js";

/** How a place is called in a sentence. */
const PLACES: Readonly<Record<FfmpegCandidate["origin"], string>> = {
  flag: "--ffmpeg",
  environment: "FFMPEG_BIN",
  "ffmpeg-static": "the package ffmpeg-static",
  path: "PATH",
  "ffmpeg-installer": "the package @ffmpeg-installer/ffmpeg",
};

export interface FfmpegFound {
  readonly check: Check;
  /** The one that a measurement would take. */
  readonly binary: FfmpegBinary | undefined;
}

/** Which ffmpeg a measurement would take, why that one, and what is wrong with the others. */
export async function ffmpegCheck(flag: string | undefined, env: NodeJS.ProcessEnv): Promise<FfmpegFound> {
  const candidates = await listCandidates({ flag, env });
  const details = {
    candidates: candidates.map(({ origin, path, binary, problem }) => ({
      origin,
      path: path ?? null,
      version: binary?.version ?? null,
      problem: problem ?? null,
    })),
  };
  const asked = candidates.find(({ origin }) => origin === "flag" || origin === "environment");
  if (asked?.problem !== undefined) {
    const advice = "correct the path or leave it out";
    const found = `the one of ${PLACES[asked.origin]} cannot be used: ${asked.problem}`;
    return {
      check: broken("ffmpeg", "FFMPEG_MISSING", found, advice, { ...details, chosen: null }),
      binary: undefined,
    };
  }
  const index = candidates.findIndex(({ binary }) => binary !== undefined);
  const binary = candidates[index]?.binary;
  if (!binary) {
    const found = `none can be used: ${candidates.map(problemOf).join("; ")}`;
    const advice =
      "install one (apt-get install ffmpeg, or brew install ffmpeg), or name one with --ffmpeg or FFMPEG_BIN";
    return { check: broken("ffmpeg", "FFMPEG_MISSING", found, advice, { ...details, chosen: null }), binary };
  }
  const { origin, path, version } = binary;
  const why = index === 0 ? "the first place that is looked at" : candidates.slice(0, index).map(problemOf).join("; ");
  const found = `${version}, ${path}, from ${PLACES[origin]} (${why})`;
  return { check: ok("ffmpeg", found, { ...details, chosen: { origin, path, version } }), binary };
}

function problemOf({ origin, problem }: FfmpegCandidate): string {
  return `${PLACES[origin]}: ${problem ?? "usable"}`;
}
