import type { AccountOptions } from "./account-options.js";
import { atDesk, identityOf, say, tell } from "./account-run.js";
import { exitCodeOfError } from "./exit-codes.js";

export interface LogoutOptions extends AccountOptions {
  readonly device?: boolean;
}

/** Runs `dfxterm logout`. */
export async function logoutCommand(options: LogoutOptions): Promise<number> {
  const { email } = identityOf(options, process.env);
  return await atDesk(options, { email }, async (desk) => {
    const { name } = desk.server.address;
    const { email: who, device, untold } = await desk.logOut(options.device ?? false);
    const ended = device ? "the device and its users were removed here" : `${who ?? "the device"} was logged out here`;
    if (untold !== undefined) {
      const rest = device ? "its place in the licence stays taken" : "its token stays good there until it ends";
      say(`${ended}, but server ${name} does not know (${rest}): ${untold.message}`);
      return exitCodeOfError(untold.code);
    }
    if (device) tell(`Logged out of ${name}; the device's place in the licence is free.`);
    else if (desk.server.api === "v2") tell(`Logged out of ${name}${who === undefined ? "" : ` (${who})`}.`);
    else tell(`Logged out here. Version 1 has no log-out: the token itself stays good at ${name}.`);
    return 0;
  });
}
