import type { ExtractionSettings } from "../worker/protocol.js";
import { readBounded } from "./bounded-file.js";
import { readDemographics } from "./demographics.js";
import type { MeasureSettings } from "./settings.js";

const CONSTRAINTS_BYTES_MAX = 1 << 16;
/** Studies and face files larger than this are not what they should be. */
const STUDY_BYTES_MAX = 16 << 20;
const FACES_BYTES_MAX = 512 << 20;

/** All but what depends on the measurement's own folder. */
type FromFiles = Omit<ExtractionSettings, "recordFacesAt">;

/**
 * Reads the files that the measuring thread needs.
 * @param warn takes a sentence about what is odd in them, but no mistake.
 * @throws AppError STUDY, FILE or USAGE with the file's name.
 */
export async function extractionSettings(
  settings: MeasureSettings,
  warn: (sentence: string) => void,
): Promise<FromFiles> {
  const { studyPath, facesPath, demographicsPath, constraintsPath } = settings;
  const demographics = demographicsPath === undefined ? undefined : await readDemographics(demographicsPath);
  demographics?.warnings.forEach(warn);
  return {
    source: settings.source,
    resolution: settings.resolution,
    cameraRateHz: settings.cameraRateHz,
    pixelFormat: settings.pixelFormat,
    ffmpegPath: settings.ffmpegPath,
    live: settings.live,
    wait: settings.wait,
    autoStart: settings.autoStart ?? false,
    videoLengthS: settings.videoLengthS,
    chunkLengthS: settings.chunkLengthS,
    study: studyPath === undefined ? undefined : await readBounded(studyPath, "study", STUDY_BYTES_MAX),
    faceDetect: settings.faceDetect,
    faceFile:
      facesPath === undefined
        ? undefined
        : { name: facesPath, text: (await readBounded(facesPath, "face", FACES_BYTES_MAX)).toString("utf8") },
    constraints:
      constraintsPath === undefined
        ? undefined
        : {
            name: constraintsPath,
            text: (await readBounded(constraintsPath, "constraints", CONSTRAINTS_BYTES_MAX, "USAGE")).toString("utf8"),
          },
    showsWave: settings.output === "dashboard",
    properties: demographics?.properties ?? {},
  };
}
