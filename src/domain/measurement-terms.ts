/** How chunks travel to the server; results always come over the WebSocket. */
export type SendMethod = "REST" | "websocket";

/** Seconds that a measurement of each mode may last. The published clients count with the same. */
export const MODE_SECONDS_MAX = { DISCRETE: 120, BATCH: 1200, VIDEO: 1200, STREAMING: 1200 } as const;

/** What kind of measurement it is to the service, in its spelling. */
export type MeasurementMode = keyof typeof MODE_SECONDS_MAX;

/** Version of the DFX protocol. */
export type ApiVersion = "v1" | "v2";

/** Form of the WebSocket messages of version 2. */
export type Subprotocol = "json" | "proto";

/** Seconds of a chunk; the service takes no others. The last one of a measurement may be shorter. */
export const CHUNK_SECONDS_MIN = 5;
export const CHUNK_SECONDS_MAX = 30;

/** Seconds for which results are waited for when everything is sent; what has not come by then is fetched. */
export const RESULTS_WAIT_S = 60;

/** Seconds that one measurement may last: version 2 has no modes. */
export function secondsMax(version: ApiVersion, mode: MeasurementMode): number {
  return version === "v2" ? MODE_SECONDS_MAX.DISCRETE : MODE_SECONDS_MAX[mode];
}

/** The options that a measurement beyond `secondsMax` needs. */
export function longerWith(version: ApiVersion, mode: MeasurementMode): string {
  const isShortMode = MODE_SECONDS_MAX[mode] === MODE_SECONDS_MAX.DISCRETE;
  const options = [...(version === "v2" ? ["--api v1"] : []), ...(isShortMode ? ["another --measurement-mode"] : [])];
  return options.join(" and ");
}
