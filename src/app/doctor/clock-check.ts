import { stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { type Check, ok, warning } from "./check.js";

const PACKAGE = fileURLToPath(new URL("../../../package.json", import.meta.url));
/** Tokens and certificates are judged by the clock; a minute is nothing to them. */
const SKEW_MS_MAX = 60_000;

/**
 * The clock, as far as it can be judged: it is not before the files of the program, and near that of the server that was asked.
 * @param serverTimeMs the server's time minus ours; undefined when no other computer was asked.
 */
export async function clockCheck(nowMs: number, serverTimeMs: number | undefined): Promise<Check> {
  const { mtimeMs } = await stat(PACKAGE);
  const now = new Date(nowMs);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const details = { utc: now.toISOString(), zone, serverAheadMs: serverTimeMs ?? null };
  const found = `${now.toISOString().slice(0, 19).replace("T", " ")} UTC, time zone ${zone}`;
  const advice = "set the clock (timedatectl set-ntp true): certificates and tokens are judged by it";
  if (nowMs < mtimeMs - SKEW_MS_MAX) {
    return warning("clock", `${found}: before the day on which dfxterm was installed`, advice, details);
  }
  if (serverTimeMs !== undefined && Math.abs(serverTimeMs) > SKEW_MS_MAX) {
    const seconds = Math.round(Math.abs(serverTimeMs) / 1000);
    const way = serverTimeMs > 0 ? "behind" : "ahead of";
    return warning("clock", `${found}: ${seconds} s ${way} that of the server`, advice, details);
  }
  return ok("clock", found, details);
}
