import envPaths from "env-paths";

/**
 * Folder for measurements: DFXTERM_STATE_DIR, else the system's place for a program's state
 * (XDG_STATE_HOME/dfxterm on Linux, Application Support on macOS).
 */
export function defaultStateDir(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  const { DFXTERM_STATE_DIR: chosen } = env;
  if (chosen) return chosen;
  const paths = envPaths("dfxterm", { suffix: "" });
  // On Linux env-paths puts the state folder under the name of its main use, logs.
  return platform === "linux" ? paths.log : paths.data;
}
