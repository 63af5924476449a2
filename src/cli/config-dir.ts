import envPaths from "env-paths";

import { type AccountOptions, given } from "./account-options.js";

/**
 * Folder for logins and settings: --config-dir, else DFXTERM_CONFIG_DIR, else the system's place for a program's
 * configuration (XDG_CONFIG_HOME/dfxterm on Linux, Preferences on macOS).
 */
export function configDir(options: Pick<AccountOptions, "configDir">, env: NodeJS.ProcessEnv): string {
  return options.configDir ?? given(env["DFXTERM_CONFIG_DIR"]) ?? envPaths("dfxterm", { suffix: "" }).config;
}
