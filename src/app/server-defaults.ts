import { join } from "node:path";

/** The study of the engine's own default, in the local server's store. */
export const DEFAULT_STUDY = { id: "00000000-0000-4000-8000-737475647931", name: "default" } as const;

/** The store of `measure` and, unless it is told otherwise, of `serve`. */
export function storePath(stateDir: string): string {
  return join(stateDir, "server.db");
}
