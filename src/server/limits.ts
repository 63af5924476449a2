/** What the server takes and keeps at most; every number bounds memory or waiting. */
export interface Limits {
  /** Bytes of one REST body: a payload of `payloadBytesMax` in base64 and 512 KiB for the rest. */
  readonly restBodyBytesMax: number;
  /** Bytes of one WebSocket message, all fragments together. */
  readonly socketMessageBytesMax: number;
  /** Bytes of one payload. Thirty seconds at 240 Hz with nine regions are 1.8 MB. */
  readonly payloadBytesMax: number;
  /** Open TCP connections of each listener. */
  readonly connectionsMax: number;
  /** Time to send the head of a request, and a whole request. */
  readonly headMsMax: number;
  readonly requestMsMax: number;
  /** Time to log in over a socket that was opened without a token. */
  readonly loginMsMax: number;
  /** A socket that did not answer the last ping when the next is due is dropped. */
  readonly pingEveryMs: number;
  /** Bytes that may wait for a subscriber that does not read. */
  readonly unsentBytesMax: number;
  readonly subscriptionsPerSocketMax: number;
  /** Messages without a readable head before a socket is closed. */
  readonly unreadableMessagesMax: number;
  /** Measurements that are kept, and bytes of all their payloads: beyond, finished ones are forgotten. */
  readonly measurementsMax: number;
  readonly keptBytesMax: number;
  /** Measurements that are also in memory, those in use apart. */
  readonly liveMeasurementsMax: number;
  readonly chunksPerMeasurementMax: number;
  /** A measurement that is still open may be forgotten when nothing came for so long and room is needed. */
  readonly abandonedAfterMs: number;
  /** Bytes of the payloads of all measurements that are not finished. */
  readonly openBytesMax: number;
  /** From so many waiting analyses on, one answers for all chunks of a measurement that wait. */
  readonly analysesWaitingMax: number;
  /** Bytes of results that a late subscriber gets; the newest one in any case. */
  readonly replayBytesMax: number;
  readonly usersMax: number;
  readonly tokensMax: number;
  /** Passwords being hashed or waiting for it. */
  readonly passwordsAtOnceMax: number;
  /** Scrypt's N: what a guess costs. */
  readonly passwordCost: number;
  /** Wrong passwords for one user within a minute. */
  readonly wrongPasswordsPerMinuteMax: number;
  /** Seconds of data that a measurement may send in a second; the cloud takes 1. */
  readonly dataRateMax: number;
  /** Time that close() gives to accepted chunks. */
  readonly drainMsMax: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

export const DEFAULT_LIMITS: Limits = {
  restBodyBytesMax: 6 * MIB,
  socketMessageBytesMax: 4 * MIB + 64 * KIB,
  payloadBytesMax: 4 * MIB,
  connectionsMax: 1024,
  headMsMax: 10_000,
  requestMsMax: 30_000,
  loginMsMax: 10_000,
  pingEveryMs: 30_000,
  unsentBytesMax: 8 * MIB,
  subscriptionsPerSocketMax: 256,
  unreadableMessagesMax: 20,
  measurementsMax: Number.POSITIVE_INFINITY,
  keptBytesMax: Number.POSITIVE_INFINITY,
  liveMeasurementsMax: 2_000,
  chunksPerMeasurementMax: 512,
  abandonedAfterMs: 30 * 60_000,
  openBytesMax: 4096 * MIB,
  analysesWaitingMax: 32,
  replayBytesMax: MIB,
  usersMax: 10_000,
  tokensMax: 10_000,
  passwordsAtOnceMax: 256,
  passwordCost: 16_384,
  wrongPasswordsPerMinuteMax: 10,
  dataRateMax: Number.POSITIVE_INFINITY,
  drainMsMax: 4_000,
};
