import { type Command, Option } from "commander";

import type {
  AdminOptions,
  ADMIN_COMMANDS as COMMANDS,
  LicenceOptions,
  RemoveOptions,
  StudyOptions,
  UserOptions,
} from "./admin-command.js";
import { parseCount, parseDate } from "./parse.js";

const LICENCE_HELP = `
A new licence gets a key that nobody can guess and that is shown once; the store
keeps a hash. A key of your own comes over the standard input or, at a terminal,
is asked for without echo.

Examples:
  dfxterm serve licence add --name "Lab 2" --device-slots 5 --expires 2027-12-31
  pass show lab2 | dfxterm serve licence add --key-stdin
  dfxterm serve licence list --json
  dfxterm serve licence remove LICENCE_ID
`;

const USER_HELP = `
The password is asked for without echo, or comes over the standard input.

Examples:
  dfxterm serve user add someone@example.org
  pass show someone | dfxterm serve user add a@b.c --password-stdin
  dfxterm serve user list
  dfxterm serve user remove someone@example.org
`;

const STUDY_HELP = `
Examples:
  dfxterm serve study add study.json --name "Trial 7"
  dfxterm serve study list --json
  dfxterm serve study remove STUDY_ID
`;

/** Adds the sub-commands of `serve` that look after its store. They work whether a server runs on it or not. */
export function addAdminCommands(serve: Command): void {
  serve.commandsGroup("Accounts and studies of the store:");
  addLicence(serve);
  addUser(serve);
  addStudy(serve);
}

function addLicence(serve: Command): void {
  const licence = serve
    .command("licence")
    .alias("license")
    .description("licences: add, list, remove")
    .addHelpText("after", LICENCE_HELP);
  withStore(licence.command("add").description("add a licence"))
    .option("--name <name>", "what it is called in lists", "licence")
    .addOption(
      new Option("--device-slots <count>", "devices that may be registered (default: any)").argParser(parseCount),
    )
    .addOption(new Option("--expires <day>", "its last day in UTC, 2026-11-22 (default: none)").argParser(parseDate))
    .option("--key-stdin", "a key of your own, from the standard input")
    .option("--json", "one JSON object")
    .addHelpText("after", LICENCE_HELP)
    .action(run("addLicence"));
  withLists(licence.command("list").description("all licences")).action(run("listLicences"));
  withRemoval(
    licence.command("remove").description("remove a licence with its devices and users").argument("<id>"),
  ).action(run("removeLicence"));
}

function addUser(serve: Command): void {
  const user = serve.command("user").description("users: add, list, remove").addHelpText("after", USER_HELP);
  withStore(user.command("add").description("add a user").argument("<email>"))
    .option("--licence <id>", "of which licence (default: the only one)")
    .option("--password-stdin", "read the password from the standard input")
    .option("--json", "one JSON object")
    .addHelpText("after", USER_HELP)
    .action(run("addUser"));
  withLists(user.command("list").description("all users")).action(run("listUsers"));
  withRemoval(user.command("remove").description("remove a user").argument("<id or email>")).action(run("removeUser"));
}

function addStudy(serve: Command): void {
  const study = serve.command("study").description("studies: add, list, remove").addHelpText("after", STUDY_HELP);
  withStore(study.command("add").description("add a study of dfxterm's engine (docs/study.md)").argument("<file.json>"))
    .option("--id <id>", "what clients call it (default: a new UUID)")
    .option("--name <name>", "what it is called in lists (default: the file's own ID)")
    .option("--description <text>", "what it is for")
    .option("--json", "one JSON object")
    .action(run("addStudy"));
  withLists(study.command("list").description("all studies")).action(run("listStudies"));
  withStore(study.command("remove").description("remove a study; its measurements stay").argument("<id>")).action(
    run("removeStudy"),
  );
}

function withStore(command: Command): Command {
  return command.option("--db <file>", "file of the store (default: server.db in the state folder)");
}

function withLists(command: Command): Command {
  return withStore(command).option("--json", "a JSON array").option("--csv", "CSV");
}

function withRemoval(command: Command): Command {
  return withStore(command).option("--with-measurements", "also delete what was measured");
}

type AllOptions = AdminOptions & LicenceOptions & UserOptions & StudyOptions & RemoveOptions;

/** What the commands do is loaded when one of them runs. `serve` itself has --db too and may have taken it. */
function run(name: keyof typeof COMMANDS) {
  return async (...given: unknown[]): Promise<void> => {
    const command = given.at(-1) as Command;
    const { ADMIN_COMMANDS } = await import("./admin-command.js");
    const [first] = command.args;
    process.exitCode = await ADMIN_COMMANDS[name](first ?? "", command.optsWithGlobals<AllOptions>());
  };
}
