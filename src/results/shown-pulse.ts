import type { Measurement } from "./measurement.js";
import { remembered } from "./remembered.js";
import { evenSignal } from "./skin-signal.js";

/** A signal in which the pulse can be seen, and where it comes from. */
export interface ShownPulse {
  /** "live": brightness of the skin, as it comes; "server": the wave that the server found in the chunks. */
  readonly from: "live" | "server";
  readonly values: readonly number[];
  readonly rateHz: number;
}

/** The server's wave comes at the frame rate of the source; this is taken while that is not known. */
const RATE_HZ = 30;
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

function choose({ phase, wave, source, skin }: Measurement, wanted: ShownPulse["from"]): ShownPulse | undefined {
  const isLive = phase.kind === "measuring" || phase.kind === "ready";
  const server: ShownPulse | undefined =
    wave.length > 1 ? { from: "server", values: wave, rateHz: source?.rateHz || RATE_HZ } : undefined;
  const live: ShownPulse = { from: "live", ...evenSignal(skin) };
  const hasLive = live.values.length >= LIVE_S_MIN * live.rateHz;
  if (hasLive && isLive && wanted === "live") return live;
  return server ?? (hasLive ? live : undefined);
}
