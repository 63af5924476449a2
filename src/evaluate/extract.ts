import { AppError } from "../domain/errors.js";
import { decodeEnginePayload, type EnginePayload } from "../wire/engine-payload.js";
import { startExtraction } from "../worker/host.js";
import type { ExtractionSettings } from "../worker/protocol.js";

/** Longest part of a clip that is measured: the longest measurement of any mode. */
const LENGTH_S_MAX = 1200;

/** What the measuring thread made of a clip. */
export interface Extracted {
  readonly payloads: readonly EnginePayload[];
  /** Share of all frames in which the face was tracked, 0 to 1. */
  readonly trackedShare: number;
  /** Why there is no payload; undefined when there is. */
  readonly refusal: string | undefined;
}

/**
 * Sends a clip through decoder, tracker and engine, in the measuring thread of the program itself.
 * @throws AppError when the clip cannot be measured at all. No face, or too little of one, is a result.
 */
export async function extractClip(path: string, chunkLengthS: number): Promise<Extracted> {
  const settings: ExtractionSettings = {
    source: path,
    resolution: undefined,
    ffmpegPath: undefined,
    live: false,
    wait: false,
    videoLengthS: LENGTH_S_MAX,
    chunkLengthS,
    study: undefined,
    faceDetect: "smart",
    faceFile: undefined,
    recordFacesAt: undefined,
    properties: {},
  };
  const payloads: EnginePayload[] = [];
  let unreadable: unknown;
  const extraction = startExtraction(settings, (event) => {
    if (event.kind !== "chunk") return;
    try {
      payloads.push(decodeEnginePayload(event.chunk.payload));
    } catch (error) {
      unreadable = error;
      extraction.cancel();
    }
    extraction.chunkTaken();
  });
  extraction.start();
  const outcome = await extraction.outcome;
  if (unreadable !== undefined) throw unreadable;
  const { framesRead = 0, framesTracked = 0 } = outcome.tick ?? {};
  const trackedShare = framesRead > 0 ? framesTracked / framesRead : 0;
  if (outcome.kind === "done") return { payloads, trackedShare, refusal: undefined };
  const { code, message } = outcome.failure;
  if (code === "NO_FACE" || code === "NO_SIGNAL") return { payloads: [], trackedShare, refusal: message };
  throw new AppError(code, message);
}
