import { readFileSync } from "node:fs";

import { AppError } from "../domain/errors.js";

/** The program's version, from package.json. */
export function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { version?: unknown };
  if (typeof version !== "string") throw new AppError("INTERNAL", "package.json has no version");
  return version;
}
