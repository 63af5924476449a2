import { type Command, Option } from "commander";

import type { ServerWish } from "../app/account-server.js";
import { AppError } from "../domain/errors.js";
import { parseServer, parseWord } from "./parse.js";

/** Options of every command that talks to a server about an account. */
export interface AccountOptions {
  readonly server?: string;
  readonly restUrl?: string;
  readonly wsUrl?: string;
  readonly api?: "v1" | "v2";
  readonly allowPlaintext?: boolean;
  readonly email?: string;
  readonly configDir?: string;
}

const APIS = { v1: "v1", v2: "v2", "1": "v1", "2": "v2" } as const;

/** Adds the options that say which server and which user. */
export function addAccountOptions(command: Command): Command {
  return command
    .optionsGroup("Server:")
    .addOption(
      new Option(
        "--server <name>",
        "prod, prod-cn, demo, demo-cn, qa, dev, or local for a dfxterm serve on this computer (default: that of the last login, else prod)",
      ).argParser(parseServer),
    )
    .option("--rest-url <url>", "a server by its address")
    .option("--ws-url <url>", "its WebSocket, where the address does not lead to it")
    .addOption(
      new Option(
        "--api <version>",
        "version of the DFX API, v1 or v2 (default: v2 for names, v1 for addresses)",
      ).argParser(parseWord(APIS)),
    )
    .option("--allow-plaintext", "let http and ws reach other computers, readable to everyone on the way")
    .optionsGroup("Account:")
    .option("--email <address>", "the user (default: who logged in last; also DFXTERM_EMAIL)")
    .option("--config-dir <folder>", "where logins and settings are kept (also DFXTERM_CONFIG_DIR)");
}

/** The server of options or, where they name none, of the environment. */
export function serverWish(options: AccountOptions, env: NodeJS.ProcessEnv): ServerWish {
  const { server, restUrl, wsUrl, allowPlaintext } = options;
  const api = options.api ?? apiFrom(env);
  const plainAllowed = allowPlaintext ?? isOn(env["DFXTERM_ALLOW_PLAINTEXT"]);
  if (server !== undefined || restUrl !== undefined || wsUrl !== undefined) {
    return { server, restUrl, wsUrl, api, plainAllowed };
  }
  const { DFXTERM_SERVER: name, DFXTERM_REST_URL: rest, DFXTERM_WS_URL: ws } = env;
  return { server: given(name), restUrl: given(rest), wsUrl: given(ws), api, plainAllowed };
}

function apiFrom({ DFXTERM_API: api }: NodeJS.ProcessEnv): "v1" | "v2" | undefined {
  if (!api) return undefined;
  const known = Object.entries(APIS).find(([word]) => word === api.toLowerCase());
  if (known === undefined) throw new AppError("USAGE", "DFXTERM_API must be v1 or v2");
  return known[1];
}

function isOn(value: string | undefined): boolean | undefined {
  return value === undefined || value === "" ? undefined : value !== "0" && value !== "false";
}

/** An empty variable is one that is not set. */
export function given(value: string | undefined): string | undefined {
  return value === undefined || value === "" ? undefined : value;
}
