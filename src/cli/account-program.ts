import { type Command, Option } from "commander";

import { type AccountOptions, addAccountOptions } from "./account-options.js";
import type { RecordOptions } from "./account-run.js";
import type { LoginOptions } from "./login-command.js";
import type { LogoutOptions } from "./logout-command.js";
import type { MeasurementGetOptions, MeasurementListOptions } from "./measurements-command.js";
import { parseDate, parseLimit, parseOffset, parseWord } from "./parse.js";
import type { ProfileCreateOptions, ProfileListOptions, ProfileUpdateOptions } from "./profiles-command.js";
import type { StatusOptions } from "./status-command.js";
import type { StudyDownloadOptions, StudyListOptions } from "./studies-command.js";

// The account commands of the program. What they do is loaded when one of them runs.

const LOGIN_HELP = `
Licence key, e-mail address and password are asked for, the first and the last
without echo. Without a terminal they come from DFXTERM_LICENSE_KEY,
DFXTERM_EMAIL and DFXTERM_PASSWORD, or one per line over the standard input
(--license-stdin, --password-stdin; both: the licence first). They are never
kept; the tokens are, readable by you only. A device that is registered already
is used again, without its licence key.

Examples:
  dfxterm login                              ask for everything, server prod
  dfxterm login --server demo --email a@b.c  ask for what is missing
  pass show dfx | dfxterm login --email a@b.c --password-stdin
  dfxterm login --server local --create-user   dfxterm serve on this computer
  dfxterm login --import example.config      tokens of the original demo
  dfxterm login --import config.json         tokens of the version 2 demo
`;

const LOGOUT_HELP = `
Examples:
  dfxterm logout                             at the server of the last login
  dfxterm logout --server prod --device      and free the licence's place
`;

const STATUS_HELP = `
Examples:
  dfxterm status
  dfxterm status --server prod --json
`;

const STUDIES_HELP = `
Examples:
  dfxterm studies list --status ACTIVE
  dfxterm studies get 11111111-2222-3333-4444-555555555555 --json
  dfxterm studies select 11111111-2222-3333-4444-555555555555
  dfxterm studies download --sdk-id SDK_ID --output study.dat
  dfxterm measure clip.mp4 --server prod     in the selected study
`;

const PROFILES_HELP = `
Examples:
  dfxterm profiles list --status ACTIVE
  dfxterm profiles get 11111111-2222-3333-4444-555555555555 --json
  dfxterm profiles create "Ada L." ada@example.org
  dfxterm profiles update 11111111-2222-3333-4444-555555555555 --name Ada
  dfxterm profiles remove 11111111-2222-3333-4444-555555555555
`;

const MEASUREMENTS_HELP = `
Examples:
  dfxterm measurements list --date 2026-11-01 --end-date 2026-11-30 --csv
  dfxterm measurements list --status COMPLETE --limit 100 --offset 100 --json
  dfxterm measurements get 6f2c0d3e-8a1b-4c5d-9e7f-001122334455 --expand
  dfxterm measurements list --server local   measured here, without an account
`;

/** Adds login, logout, status, studies, profiles and measurements. */
export function addAccountCommands(top: Command): void {
  top.commandsGroup("Account:");
  addLogin(top);
  addStudies(top.command("studies").description("list, show and select studies").addHelpText("after", STUDIES_HELP));
  addProfiles(
    top.command("profiles").description("the people that measurements are made of").addHelpText("after", PROFILES_HELP),
  );
  addMeasurements(
    top.command("measurements").description("past measurements at the server").addHelpText("after", MEASUREMENTS_HELP),
  );
}

function addLogin(top: Command): void {
  const login = top
    .command("login")
    .description("log in to a server; the password is asked for, not given as an argument")
    .option("--license-stdin", "read the licence key from the standard input")
    .option("--password-stdin", "read the password from the standard input")
    .option("--create-user", "create the user when the server does not know the e-mail address")
    .option("--device-only", "register the device without a user (version 2 measures anonymously then)")
    .option("--device-name <name>", "how the licence lists this device")
    .option("--import <file>", "take over the tokens of the original's example.config or the v2 demo's config.json");
  addAccountOptions(login)
    .addHelpText("after", LOGIN_HELP)
    .action(async (options: LoginOptions) => {
      const { loginCommand } = await import("./login-command.js");
      process.exitCode = await loginCommand(options);
    });
  const logout = top
    .command("logout")
    .description("end the login, at the server and here")
    .option("--device", "also free the device's place in the licence (version 2)");
  addAccountOptions(logout)
    .addHelpText("after", LOGOUT_HELP)
    .action(async (options: LogoutOptions) => {
      const { logoutCommand } = await import("./logout-command.js");
      process.exitCode = await logoutCommand(options);
    });
  const status = top
    .command("status")
    .description("the server, who is logged in, how long, and the selected study")
    .option("--json", "one JSON object");
  addAccountOptions(status)
    .addHelpText("after", STATUS_HELP)
    .action(async (options: StatusOptions) => {
      const { statusCommand } = await import("./status-command.js");
      process.exitCode = await statusCommand(options);
    });
}

function addStudies(studies: Command): void {
  const list = studies.command("list").description("studies of the organisation (version 2)");
  withFilter(withFilter(list, "--name <text>", "only those of that name"), "--status <status>", "ACTIVE, INACTIVE ...");
  addRecordOptions(withPage(withOutput(list), 25)).action(async (options: StudyListOptions) => {
    const { listStudies } = await import("./studies-command.js");
    process.exitCode = await listStudies(options);
  });
  const get = studies.command("get").description("one study (version 2)").argument("[id]", "default: the selected one");
  addRecordOptions(withOutput(get)).action(async (id: string | undefined, options: RecordOptions) => {
    const { getStudy } = await import("./studies-command.js");
    process.exitCode = await getStudy(id, options);
  });
  const select = studies.command("select").description("the study that measure takes").argument("<id>");
  addAccountOptions(select).action(async (id: string, options: AccountOptions) => {
    const { selectStudy } = await import("./studies-command.js");
    process.exitCode = await selectStudy(id, options);
  });
  const download = studies
    .command("download")
    .description("the study's configuration for the licensed DFX SDK, when it has changed (version 2)")
    .argument("[id]", "default: the selected one")
    .option("--sdk-id <id>", "ID of the SDK that will read it")
    .option("--output <file>", "also write it there");
  addAccountOptions(download).action(async (id: string | undefined, options: StudyDownloadOptions) => {
    const { downloadStudy } = await import("./studies-command.js");
    process.exitCode = await downloadStudy(id, options);
  });
}

function addProfiles(profiles: Command): void {
  const list = profiles.command("list").description("profiles of the user (version 2)");
  withFilter(list, "--name <text>", "only those of that name").addOption(oneOf("--status <status>", PROFILE_STATUS));
  addRecordOptions(withPage(withOutput(list), 25)).action(async (options: ProfileListOptions) => {
    const { listProfiles } = await import("./profiles-command.js");
    process.exitCode = await listProfiles(options);
  });
  const get = profiles.command("get").description("one profile (version 2)").argument("<id>");
  addRecordOptions(withOutput(get)).action(async (id: string, options: RecordOptions) => {
    const { getProfile } = await import("./profiles-command.js");
    process.exitCode = await getProfile(id, options);
  });
  const create = profiles
    .command("create")
    .description("a new profile (version 2)")
    .argument("<name>")
    .argument("<email>")
    .option("--json", "one JSON object");
  addRecordOptions(create).action(async (name: string, email: string, options: ProfileCreateOptions) => {
    const { createProfile } = await import("./profiles-command.js");
    process.exitCode = await createProfile(name, email, options);
  });
  const update = profiles
    .command("update")
    .description("change a profile (version 2)")
    .argument("<id>")
    .option("--name <name>", "its new name")
    .option("--profile-email <address>", "its new e-mail address")
    .addOption(oneOf("--status <status>", PROFILE_STATUS));
  addRecordOptions(update).action(async (id: string, options: ProfileUpdateOptions) => {
    const { updateProfile } = await import("./profiles-command.js");
    process.exitCode = await updateProfile(id, options);
  });
  const remove = profiles.command("remove").description("remove a profile (version 2)").argument("<id>");
  addRecordOptions(remove).action(async (id: string, options: AccountOptions) => {
    const { removeProfile } = await import("./profiles-command.js");
    process.exitCode = await removeProfile(id, options);
  });
}

function addMeasurements(measurements: Command): void {
  const list = measurements
    .command("list")
    .description("past measurements, newest first as the server has them (version 2)")
    .optionsGroup("Filters:")
    .addOption(new Option("--date <day>", "from that day on (UTC), YYYY-MM-DD").argParser(parseDate))
    .addOption(new Option("--end-date <day>", "up to the end of that day (UTC)").argParser(parseDate))
    .option("--study <id>", "of one study")
    .option("--profile <id>", "of one profile")
    .option("--profile-name <name>", "of profiles of that name")
    .addOption(oneOf("--status <status>", ["CAPTURING", "PROCESSING", "COMPLETE", "ERROR", "INCOMPLETE"]))
    .option("--partner <id>", "of one partner")
    .addOption(oneOf("--mode <mode>", ["DISCRETE", "BATCH", "VIDEO", "STREAMING"]));
  addRecordOptions(withPage(withOutput(list), 50)).action(async (options: MeasurementListOptions) => {
    const { listMeasurements } = await import("./measurements-command.js");
    process.exitCode = await listMeasurements(options);
  });
  const get = measurements
    .command("get")
    .description("one measurement with its results")
    .argument("<id>")
    .option("--expand", "with every value and the description of each signal");
  addRecordOptions(withOutput(get)).action(async (id: string, options: MeasurementGetOptions) => {
    const { getMeasurement } = await import("./measurements-command.js");
    process.exitCode = await getMeasurement(id, options);
  });
}

function addRecordOptions(command: Command): Command {
  return addAccountOptions(command).option(
    "--state-dir <folder>",
    "of this computer's own measurements: --server local without a login there (also DFXTERM_STATE_DIR)",
  );
}

const PROFILE_STATUS = ["ACTIVE", "INACTIVE"];

/** An option that takes one of these words of the protocol, in any case. */
function oneOf(flags: string, words: readonly string[]): Option {
  const description = words.join(", ").replace(/, (?!.*,)/, " or ");
  const byKey = Object.fromEntries(words.map((word) => [word.toLowerCase(), word]));
  return new Option(flags, description).argParser(parseWord(byKey));
}

function withFilter(command: Command, flags: string, description: string): Command {
  return command.optionsGroup("Filters:").option(flags, description);
}

function withOutput(command: Command): Command {
  return command
    .optionsGroup("Output:")
    .addOption(new Option("--json", "JSON with the server's own field names").conflicts("csv"))
    .option("--csv", "CSV with a header line, dates in ISO form");
}

function withPage(command: Command, limit: number): Command {
  return command
    .addOption(new Option("--limit <count>", "at most so many").argParser(parseLimit).default(limit))
    .addOption(new Option("--offset <count>", "leave out the first ones").argParser(parseOffset).default(0));
}
