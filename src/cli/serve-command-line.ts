import { type Command, Option } from "commander";

import type { ServeOptions } from "../app/serve.js";
import { addAdminCommands } from "./admin-program.js";
import { SERVE_HELP } from "./help-texts.js";
import { parseCount, parsePort, parsePositive } from "./parse.js";

type GivenOptions = Omit<ServeOptions, "db" | "version" | "jsonLogs"> & { db?: string; jsonLogs?: boolean };

/** Adds `dfxterm serve`. */
export function addServe(top: Command, version: () => string): void {
  const serve = top
    .command("serve")
    .description("run the local server, which speaks the DFX protocol")
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .addOption(new Option("--rest-port <port>", "port for REST").argParser(parsePort).default(9443))
    .addOption(
      new Option("--ws-port <port>", "port for WebSocket; the same is allowed").argParser(parsePort).default(9080),
    )
    .option("--db <file>", "file of the store (default: server.db in the state folder)")
    .option("--tls-cert <file>", "certificate with its chain in PEM, for https and wss")
    .option("--tls-key <file>", "its key in PEM, without a password")
    .option("--json-logs", "one JSON object per line on stdout")
    .addOption(
      new Option(
        "--rate-limit <factor>",
        "seconds of data that a measurement may send in a second (default: any)",
      ).argParser(parsePositive),
    )
    .addOption(
      new Option(
        "--keep <count>",
        "measurements to keep; beyond, the oldest finished ones go (default: all)",
      ).argParser(parseCount),
    )
    .option("--license-key <key>", "a licence that is added to the store's")
    .addHelpText("after", SERVE_HELP)
    .action(async (given: GivenOptions) => {
      const { serveCommand } = await import("./serve-command.js");
      const { storePath } = await import("../app/server-defaults.js");
      const { defaultStateDir } = await import("./state-dir.js");
      const db = given.db ?? storePath(defaultStateDir(process.env, process.platform));
      process.exitCode = await serveCommand({ ...given, db, jsonLogs: given.jsonLogs ?? false, version: version() });
    });
  addAdminCommands(serve);
}
