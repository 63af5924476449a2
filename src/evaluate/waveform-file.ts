import { z } from "zod";

import { AppError } from "../domain/errors.js";
import { meanBeatRate, NO_TRUTH, type OtherMetric, type Reference } from "./reference.js";
import { jsonOf } from "./sidecar.js";
import type { Waveform } from "./tables.js";

const Vital = z.object({ value: z.number() }).optional();

/** What the VitalLens programs write. */
const WaveformFile = z.object({
  fps: z.number().positive().max(1000),
  waveforms: z.object({
    ppg_waveform: z.object({ data: z.array(z.number()).min(2), peak_indices: z.array(z.number()).optional() }),
  }),
  vitals: z.object({ heart_rate: Vital, respiratory_rate: Vital, hrv_sdnn: Vital, hrv_rmssd: Vital }).default({}),
});

/** With fewer beats than this their mean says less than the rate that the file names. */
const BEATS_MIN = 5;

/**
 * Reads a pulse wave with its rate and what other software found in it. Heart rate is the mean of the beats everywhere in this
 * program, so the beats that the file lists come before the rate that it names, which is a spectral peak (the two are up to 5 apart).
 * @returns reference undefined when the file names no heart rate.
 * @throws AppError FILE when it is no such file.
 */
export function parseWaveformFile(
  text: string,
  name: string,
): { readonly waveform: Waveform; readonly reference: Reference | undefined } {
  const { success, data, error } = WaveformFile.safeParse(jsonOf(text, name));
  if (!success) {
    throw new AppError("FILE", `${name} is neither the reference of a clip beside it nor a pulse wave`, {
      cause: error,
    });
  }
  const { heart_rate, hrv_sdnn, hrv_rmssd, respiratory_rate } = data.vitals;
  const waveform = { rateHz: data.fps, values: data.waveforms.ppg_waveform.data };
  const beatTimesS = (data.waveforms.ppg_waveform.peak_indices ?? []).map((index) => index / data.fps);
  const bpm = beatTimesS.length >= BEATS_MIN ? meanBeatRate(beatTimesS) : heart_rate?.value;
  if (bpm === undefined) return { waveform, reference: undefined };
  const others: Partial<Record<OtherMetric, number>> = {
    ...(hrv_sdnn ? { HRV_SDNN: hrv_sdnn.value } : {}),
    ...(hrv_rmssd ? { HRV_RMSSD: hrv_rmssd.value } : {}),
    ...(respiratory_rate ? { BR_BPM: respiratory_rate.value } : {}),
  };
  return { waveform, reference: { ...NO_TRUTH, bpm, beatTimesS, others } };
}
