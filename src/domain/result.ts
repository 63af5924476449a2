/** One signal of a result: scaled values (already divided by the multiplier) and the server's notes. */
export interface Channel {
  readonly id: string;
  readonly values: readonly number[];
  readonly notes: readonly string[];
}

/** What the server says about one chunk. */
export interface ChunkResult {
  readonly measurementId: string;
  /** 0-based number of the chunk it answers; undefined when the message does not say. */
  readonly chunkNumber: number | undefined;
  /** "OK" or a code of the service. */
  readonly errorCode: string;
  /** What the service says of a failure, a line for each signal. */
  readonly reasons?: readonly string[];
  readonly channels: readonly Channel[];
  /** The message body as it came, for saving. */
  readonly raw: Uint8Array;
}

/** Mean of a channel, as every DFX demo shows it; undefined when there are no values. */
export function meanOf(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Unit and label of the signals that we know. */
export interface SignalInfo {
  readonly label: string;
  readonly unit: string;
}

const SIGNALS: Readonly<Record<string, SignalInfo>> = {
  HR_BPM: { label: "Heart rate", unit: "bpm" },
  SNR: { label: "SNR", unit: "dB" },
  BR_BPM: { label: "Breathing", unit: "/min" },
  HRV_SDNN: { label: "HRV SDNN", unit: "ms" },
  HRV_RMSSD: { label: "HRV RMSSD", unit: "ms" },
  IHB_COUNT: { label: "Irregular beats", unit: "" },
  BP_SYSTOLIC: { label: "Systolic pressure", unit: "mmHg" },
  BP_DIASTOLIC: { label: "Diastolic pressure", unit: "mmHg" },
  MSI: { label: "Stress index", unit: "" },
  AGE: { label: "Facial skin age", unit: "years" },
  BMI_CALC: { label: "Body mass index", unit: "kg/m2" },
};

/** Their IDs, in the order in which they are shown. */
export const KNOWN_SIGNALS: readonly string[] = Object.keys(SIGNALS);

/** What is known of a signal; one that is new to us goes by its ID, without a unit. IDs come from servers. */
export function signalInfo(id: string): SignalInfo {
  return (Object.hasOwn(SIGNALS, id) ? SIGNALS[id] : undefined) ?? { label: id, unit: "" };
}

/** The pulse wave of the local server, at frame rate: shown as a curve, not as a metric. */
export const PULSE_WAVE = "PULSE_WAVE";

/** Channel that carries the confidence (0-1) of another: `HR_BPM_CONFIDENCE`. Not a metric of its own. */
export const CONFIDENCE_SUFFIX = "_CONFIDENCE";

/** True for channels that are shown as metrics with a mean. */
export function isMetric(id: string): boolean {
  return id !== PULSE_WAVE && !id.endsWith(CONFIDENCE_SUFFIX);
}
