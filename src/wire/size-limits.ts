import { AppError } from "../domain/errors.js";

// How large the bodies of messages may be. Bytes are checked before anything is built from them, counts
// before the values are: a message of a few MiB can ask for hundreds.

const KIB = 1024;
const MIB = 1024 * KIB;

/** A whole WebSocket message. A result at full rate has a few hundred KiB; SimpleClient's 1 MiB is known to be too small. */
export const MESSAGE_BYTES_MAX = 32 * MIB;

/** Subscriptions, acknowledgements, tokens and errors have some hundred bytes. */
export const SMALL_BYTES_MAX = 64 * KIB;

/** Thirty seconds at 240 Hz with nine regions are a payload of 1.8 MB; in base64 a third more. */
export const DATA_BYTES_MAX = 24 * MIB;

/** 1200 s at 240 Hz in ten signals are 2.9 million values. */
export const VALUES_MAX = 4_000_000;
export const CHANNELS_MAX = 1_000;
export const NOTES_MAX = 100;

/** Reasons for one failure that are kept; more would not be read. */
export const REASONS_MAX = 8;

/** @throws AppError WIRE */
export function checkAtMost(count: number, max: number, what: string): void {
  if (count > max) throw new AppError("WIRE", `unreadable message: ${count} ${what}, at most ${max} are taken`);
}
