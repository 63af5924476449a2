import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";

import { AppError } from "../domain/errors.js";
import type { EnginePayload } from "../wire/engine-payload.js";
import type { Entry } from "./find.js";
import { payloadOfTrace, payloadOfWaveform } from "./payloads.js";
import { NO_TRUTH, type Reference, referenceOfIntervals } from "./reference.js";
import { parseSidecar } from "./sidecar.js";
import { hasColumns, monitorOf, parseIntervals, parseTable, traceOf, waveformOf } from "./tables.js";
import { parseWaveformFile } from "./waveform-file.js";

/** Larger text files are no reference and no trace. */
const TEXT_BYTES_MAX = 256 << 20;

/** A monitor's rates change, and it averages over seconds: such recordings are scored in windows of this length. */
const MONITOR_WINDOW_S = 30;

/** A recording with its truth; `payload` undefined: a video that is yet to be extracted. */
export interface Recording {
  readonly payload: EnginePayload | undefined;
  /** undefined: it is measured and listed, but not scored. */
  readonly reference: Reference | undefined;
  /** Length of the windows in which it is scored unless something else is asked for; undefined: in one piece. */
  readonly windowS: number | undefined;
}

/**
 * Reads what is to be measured and what is true of it.
 * @throws AppError FILE with one sentence when the recording or its reference cannot be used.
 */
export async function loadRecording(entry: Entry): Promise<Recording> {
  const beside =
    entry.sidecar === undefined ? undefined : parseSidecar(await textOf(entry.sidecar), basename(entry.sidecar));
  switch (entry.form) {
    case "video":
      return { payload: undefined, reference: beside, windowS: undefined };
    case "waveform": {
      const { waveform, reference } = parseWaveformFile(await textOf(entry.path), entry.name);
      return { payload: payloadOfWaveform(waveform), reference, windowS: undefined };
    }
    case "table":
      return loadTable(entry, beside);
  }
}

async function loadTable(entry: Entry, beside: Reference | undefined): Promise<Recording> {
  const table = parseTable(await textOf(entry.path));
  if (hasColumns(table, ["ppg"])) {
    const { waveform, bpm } = waveformOf(table, entry.name);
    const own = bpm === undefined ? undefined : { ...NO_TRUTH, bpm };
    return { payload: payloadOfWaveform(waveform), reference: beside ?? own, windowS: undefined };
  }
  if (!hasColumns(table, ["R", "G", "B"])) {
    throw new AppError("FILE", `${entry.name} has none of the known layouts: columns R, G, B (and time), or ppg`);
  }
  const payload = payloadOfTrace(traceOf(table, entry.name));
  if (entry.monitor !== undefined) {
    const monitorBpm = monitorOf(parseTable(await textOf(entry.monitor)), basename(entry.monitor));
    return { payload, reference: { ...NO_TRUTH, ...beside, bpm: beside?.bpm, monitorBpm }, windowS: MONITOR_WINDOW_S };
  }
  if (entry.intervals === undefined) return { payload, reference: beside, windowS: undefined };
  const intervals = parseIntervals(await textOf(entry.intervals), basename(entry.intervals));
  return { payload, reference: referenceOfIntervals(intervals), windowS: undefined };
}

/** @throws AppError FILE */
async function textOf(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > TEXT_BYTES_MAX) throw new AppError("FILE", `${path} is too large for a reference (${size} bytes)`);
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError("FILE", `${path} cannot be read`, { cause: error });
  }
}
