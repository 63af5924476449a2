import { join } from "node:path";

import { vi } from "vitest";

import { runCommandLine } from "../../src/cli/main.js";
import { type Finished, freshFolder, withoutWaits } from "./program.js";

/** A configuration folder of its own, and command lines run with it. */
export interface AccountPlace {
  readonly configDir: string;
  /** Runs a command line in this process, which is ten times as fast as starting the program. One at a time. */
  readonly run: (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Finished>;
}

/** `env` says which server the commands are for. */
export function accountPlace(env: Readonly<Record<string, string>>): AccountPlace {
  const configDir = join(freshFolder("config"), "dfxterm");
  const run: AccountPlace["run"] = async (args, more = {}) => {
    const said = { stdout: "", stderr: "" };
    const spies = (["stdout", "stderr"] as const).map((name) =>
      vi.spyOn(process[name], "write").mockImplementation((text) => {
        said[name] += String(text);
        return true;
      }),
    );
    for (const [name, value] of Object.entries({ DFXTERM_CONFIG_DIR: configDir, TZ: "UTC", ...env, ...more })) {
      vi.stubEnv(name, value);
    }
    const { exitCode } = process;
    try {
      process.exitCode = 0;
      await runCommandLine(args);
      return withoutWaits({ status: process.exitCode, ...said });
    } finally {
      process.exitCode = exitCode;
      vi.unstubAllEnvs();
      for (const spy of spies) spy.mockRestore();
    }
  };
  return { configDir, run };
}
