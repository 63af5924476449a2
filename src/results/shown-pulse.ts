import type { Measurement } from "./measurement.js";
import { remembered } from "./remembered.js";
import { evenSignal } from "./skin-signal.js";

/** A signal in which the pulse can be seen, and where it comes from. */
export interface ShownPulse {
  /** "live": brightness of the skin, as it comes; "server": the wave that the server found in the chunks. */
  readonly from: "live" | "server";
  /** NaN in gaps. */
  readonly values: readonly number[];
  readonly rateHz: number;
}

export const PULSE_SOURCES: Readonly<Record<ShownPulse["from"], string>> = {
  live: "live from the skin",
  server: "from the server",
};

/** A shorter piece of the live signal says nothing. */
const LIVE_S_MIN = 2;

/**
 * The wanted signal, or the other while it is not there; undefined without either. While frames come the live one is
 * newer; the server's is the better one, and the only one of what is over.
 */
export function shownPulse(measurement: Measurement, wanted: ShownPulse["from"]): ShownPulse | undefined {
  return WANTED[wanted](measurement);
}

// Several panels of a frame show it.
const WANTED: Readonly<Record<ShownPulse["from"], (measurement: Measurement) => ShownPulse | undefined>> = {
  live: remembered((measurement) => choose(measurement, "live")),
  server: remembered((measurement) => choose(measurement, "server")),
};

function choose({ phase, wave, waveRateHz, skin }: Measurement, wanted: ShownPulse["from"]): ShownPulse | undefined {
  const isLive = phase.kind === "measuring" || phase.kind === "ready";
  const server: ShownPulse | undefined =
    wave.length > 1 && waveRateHz > 0 ? { from: "server", values: wave, rateHz: waveRateHz } : undefined;
  const live: ShownPulse = { from: "live", ...evenSignal(skin) };
  const hasLive = live.values.filter(Number.isFinite).length >= LIVE_S_MIN * live.rateHz;
  if (hasLive && isLive && wanted === "live") return live;
  return server ?? (hasLive ? live : undefined);
}
