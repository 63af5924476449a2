import { join } from "node:path";

import { DEFAULT_STUDY as ENGINE_STUDY } from "../native/default-study.js";

/** The study of the engine's own default, in the local server's store. */
export const DEFAULT_STUDY = {
  id: "00000000-0000-4000-8000-737475647931",
  name: "default",
  description: "The study of dfxterm's own engine.",
  config: Buffer.from(`${JSON.stringify(ENGINE_STUDY)}\n`),
} as const;

/** The store of `measure` and, unless it is told otherwise, of `serve`. */
export function storePath(stateDir: string): string {
  return join(stateDir, "server.db");
}
