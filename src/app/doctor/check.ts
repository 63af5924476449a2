import type { ErrorCode } from "../../domain/errors.js";

/**
 * "broken" is what keeps dfxterm from measuring as it was asked to, "warning" what may disturb, "unknown" what could not be
 * looked at.
 */
export type CheckStatus = "ok" | "warning" | "broken" | "unknown";

/** What was found about one thing that a measurement needs. Holds nothing secret. */
export interface Check {
  /** "ffmpeg", "server" ...: stable, for scripts. */
  readonly id: string;
  readonly status: CheckStatus;
  /** What was found, in one sentence. */
  readonly found: string;
  /** What to do about it; null when there is nothing to do. */
  readonly advice: string | null;
  /** The same in numbers and names, for scripts. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Of what is broken: decides the exit status. */
  readonly code: ErrorCode | null;
}

export function ok(id: string, found: string, details: Check["details"] = {}): Check {
  return { id, status: "ok", found, advice: null, details, code: null };
}

export function warning(id: string, found: string, advice: string, details: Check["details"] = {}): Check {
  return { id, status: "warning", found, advice, details, code: null };
}

export function broken(
  id: string,
  code: ErrorCode,
  found: string,
  advice: string,
  details: Check["details"] = {},
): Check {
  return { id, status: "broken", found, advice, details, code };
}

export function unknown(id: string, found: string, details: Check["details"] = {}): Check {
  return { id, status: "unknown", found, advice: null, details, code: null };
}
