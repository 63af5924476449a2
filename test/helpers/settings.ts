import { join } from "node:path";

import type { MeasureSettings } from "../../src/app/settings.js";

/** What `measure` makes of a command line with a source alone, in chunks of 5 s and plain lines. */
export function plainSettings(
  stateDir: string,
  changes: Partial<MeasureSettings> & Pick<MeasureSettings, "source">,
): MeasureSettings {
  return {
    studyPath: undefined,
    server: { kind: "own" },
    account: undefined,
    tokens: { configDir: join(stateDir, "config"), isCached: false },
    sendMethod: "REST",
    api: "v1",
    subprotocol: "json",
    mode: "DISCRETE",
    chunkLengthS: 5,
    videoLengthS: undefined,
    resolution: undefined,
    ffmpegPath: undefined,
    live: false,
    wait: false,
    faceDetect: "smart",
    facesPath: undefined,
    demographicsPath: undefined,
    saveChunksFolder: undefined,
    saveResultsFolder: undefined,
    saveFacepoints: false,
    stateDir,
    output: "plain",
    ...changes,
  };
}
