import { type Extraction, type ExtractionEvent, startExtraction } from "../worker/host.js";
import { type SavedChunkEvent, startSavedChunks } from "./chunk-folder.js";
import { extractionSettings } from "./extraction-settings.js";
import type { Past } from "./resume.js";
import type { MeasureSettings } from "./settings.js";

/** What a source of chunks tells on its way. */
export type SourceEvent = ExtractionEvent | SavedChunkEvent;

/** Starts it. `recordFacesAt`: where face points are written, when they are wanted. */
export type StartSource = (recordFacesAt: string | undefined, onEvent: (event: SourceEvent) => void) => Extraction;

/**
 * Where the chunks of a measurement come from: the measuring thread, a folder of saved ones, or, for a measurement
 * that goes on and has all of them on disk, from nowhere.
 * @param warn takes a sentence about what is odd in the files that are read, but no mistake.
 * @throws AppError STUDY, FILE or USAGE with the name of the file that cannot be used.
 */
export async function chunkSource(
  settings: MeasureSettings,
  warn: (sentence: string) => void,
  past: Past | undefined,
): Promise<StartSource | undefined> {
  if (past && !past.remaining.needsSource) return undefined;
  if (settings.fromChunks === true) return await startSavedChunks(settings);
  const thread = await extractionSettings(settings, warn);
  return (recordFacesAt, onEvent) => startExtraction({ ...thread, recordFacesAt }, onEvent);
}
