import { hasLocalLogin } from "../app/measure-account.js";
import { serverWish } from "./account-options.js";
import { configDir } from "./config-dir.js";
import { givenAccount, type MeasureOptions } from "./measure-settings.js";

/** Whether `measure --server local` is for the `dfxterm serve` that somebody is logged in to. */
export async function loggedInLocally(options: MeasureOptions, env: NodeJS.ProcessEnv): Promise<boolean> {
  const { server, api } = serverWish(options, env);
  if (server !== "local" || options.tokenCache === false) return false;
  return await hasLocalLogin(configDir(options, env), givenAccount(options, env) ?? {}, api);
}
