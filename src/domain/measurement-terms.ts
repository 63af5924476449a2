/** How chunks travel to the server; results always come over the WebSocket. */
export type SendMethod = "REST" | "websocket";

/** Seconds that a measurement of each mode may last. The published clients count with the same. */
export const MODE_SECONDS_MAX = { DISCRETE: 120, BATCH: 1200, VIDEO: 1200, STREAMING: 1200 } as const;

/** What kind of measurement it is to the service, in its spelling. */
export type MeasurementMode = keyof typeof MODE_SECONDS_MAX;
