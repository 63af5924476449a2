import { Argument, Command, CommanderError, Option } from "commander";

import { SERVER_WORDS } from "../app/settings.js";
import { packageVersion } from "../app/version.js";
import { failureOf } from "../domain/errors.js";
import { printable } from "../domain/printable.js";
import { addAccountCommands } from "./account-program.js";
import { refuseEmptyValues, shareExamples, suggestChoices } from "./command-tree.js";
import { exitCodeOfError } from "./exit-codes.js";
import { guardExit } from "./exit-guards.js";
import { MEASURE_ARGUMENTS, MEASURE_HELP, SHOW_HELP, TOP_HELP } from "./help-texts.js";
import { addDisplayOptions } from "./measure-display.js";
import type { MeasureOptions } from "./measure-settings.js";
import { outputMode } from "./output-mode.js";
import {
  parseChunkLength,
  parsePixelFormat,
  parseRate,
  parseResolution,
  parseServer,
  parseVideoLength,
  parseWord,
} from "./parse.js";
import { addPrune } from "./prune-command.js";
import { addResume } from "./resume-program.js";
import { addServe } from "./serve-command-line.js";
import type { ShowOptions } from "./show-command.js";
import { addTools } from "./tools-program.js";
import { checkCommand, commandOf } from "./unknown-command.js";
import { commandLineError } from "./unknown-option.js";

const SEND_METHODS = { rest: "REST", websocket: "websocket", ws: "websocket" } as const;
const MODES = { discrete: "DISCRETE", streaming: "STREAMING", batch: "BATCH", video: "VIDEO" } as const;
const API_VERSIONS = { v1: "v1", v2: "v2" } as const;
const SUBPROTOCOLS = { json: "json", proto: "proto" } as const;
const STRATEGIES = { brute: "brute", fast: "fast", smart: "smart" } as const;
const HELP_WIDTH = 80;

/** The whole program. Never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  guardExit();
  await runCommandLine(argv);
}

/** Runs one command line and sets the exit status. Never throws. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  const words = argv.length === 0 ? ["--help"] : kebabCaseOptions(argv);
  const top = program();
  try {
    if (argv.length === 0 && canAsk()) {
      const { startSession } = await import("./session.js");
      process.exitCode = await startSession();
      return;
    }
    checkCommand(words, top);
    await top.parseAsync(withHelpLast(words), { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      if (error.message.startsWith("error: ")) {
        process.stderr.write(`dfxterm: ${printable(commandLineError(error, commandOf(words, top)))}\n`);
      }
      return;
    }
    const { code, message } = failureOf(error);
    process.stderr.write(`dfxterm: ${printable(message)}\n`);
    process.exitCode = exitCodeOfError(code);
  }
}

/** Somebody sits at a terminal that can show a form. */
function canAsk(): boolean {
  const { env, stdin, stdout } = process;
  return outputMode({}, { stdinIsTty: stdin.isTTY, stdoutIsTty: stdout.isTTY, env }) === "dashboard";
}

/** Options in the original's spelling become ours; what follows `--` is no option and stays as it is. */
export function kebabCaseOptions(argv: readonly string[]): string[] {
  const end = argv.indexOf("--");
  return argv.map((word, index) => (end >= 0 && index > end ? word : kebabCase(word)));
}

/** `help studies list` is `studies list --help`: commander's own help goes one word deep. */
function withHelpLast(words: readonly string[]): readonly string[] {
  const [first, ...rest] = words;
  return first === "help" && rest.length > 0 ? [...rest, "--help"] : words;
}

/** `--send_method=REST` becomes `--send-method=REST`: the original wrote its options so. Case does not matter, either. */
export function kebabCase(word: string): string {
  if (!word.startsWith("--")) return word;
  const end = word.indexOf("=");
  const name = end === -1 ? word : word.slice(0, end);
  return name.replaceAll("_", "-").toLowerCase() + word.slice(name.length);
}

/** The definition of the program: what it understands, its help, its completion and its manual. */
export function program(): Command {
  const top = new Command("dfxterm")
    .description("Measures vital signs from a face video. Wellness information, not a diagnosis.")
    .version(packageVersion(), "-v, --version", "print the version")
    .helpOption("-h, --help", "show this help")
    .exitOverride()
    .showSuggestionAfterError(false)
    .configureHelp({ helpWidth: Math.min(HELP_WIDTH, process.stdout.columns || HELP_WIDTH) })
    .configureOutput({ outputError: () => undefined })
    .addHelpText("after", TOP_HELP)
    .commandsGroup("Measuring:");
  addMeasure(top);
  addResume(top);
  addServe(top, packageVersion);
  addShow(top);
  addPrune(top);
  addAccountCommands(top);
  // Those at the server and those on this computer are looked for under the same name.
  for (const command of top.commands) if (command.name() === "measurements") addPrune(command);
  addTools(top);
  shareExamples(top);
  suggestChoices(top);
  refuseEmptyValues(top);
  return top;
}

function addMeasure(top: Command): void {
  const command = top
    .command("measure")
    .description("measure a video file, a camera or a stream")
    .argument("[args...]")
    .usage("[options] [study] <source> [account]")
    .configureHelp({ visibleArguments: () => MEASURE_ARGUMENTS.map((pair) => new Argument(...pair)) })
    .optionsGroup("Measurement:")
    .addOption(
      new Option("--send-method <method>", "how chunks are sent: REST, websocket (or ws)")
        .argParser(parseWord(SEND_METHODS))
        .default("REST"),
    )
    .addOption(
      new Option("--measurement-mode <mode>", "discrete, streaming, batch or video")
        .argParser(parseWord(MODES))
        .default("DISCRETE", "discrete"),
    )
    .addOption(
      new Option("--chunklength <seconds>", "length of a chunk, 5 to 30").argParser(parseChunkLength).default(15),
    )
    .addOption(
      new Option("--videolength <seconds>", "how much to measure (default: 60, cameras 30)").argParser(
        parseVideoLength,
      ),
    )
    .option("--user-demographics <file>", "JSON file with gender, age, height, weight ...")
    .optionsGroup("Input:")
    .addOption(
      new Option("-r, --resolution <WxH>", "resolution of the camera, such as 1280x720").argParser(parseResolution),
    )
    .addOption(new Option("--fps <rate>", "frames per second of the camera (default: 30)").argParser(parseRate))
    .addOption(
      new Option("--pixel-format <name>", "format of the camera, such as yuyv422 or mjpeg").argParser(parsePixelFormat),
    )
    .option("--from-chunks <folder>", "send saved chunks as a new measurement, instead of a source")
    .option("--live", "play a file at its own pace, as a camera would")
    .option("--wait", "wait for s before measuring (cameras always do)")
    .option("--auto-start", "start as soon as face, light and distance were good for 2 s")
    .addOption(
      new Option(
        "--face-detect <strategy>",
        "brute: detect on every frame; fast: track, detect now and then; smart: fast, and at once when lost",
      )
        .argParser(parseWord(STRATEGIES))
        .default("smart"),
    )
    .option("--constraints <file>", "JSON file with limits for face, light and motion (docs/constraints.md)")
    .option("--faces <file>", "pre-tracked face points instead of tracking")
    .option("--ffmpeg <path>", "the ffmpeg program to use (also FFMPEG_BIN)")
    .optionsGroup("Connection:")
    .addOption(
      new Option(
        "--server <name>",
        `one of ${SERVER_WORDS.join(", ")} (default: local without an account, else prod)`,
      ).argParser(parseServer),
    )
    .option("--rest-url <url>", "a server by its addresses: that for REST, with --ws-url")
    .option("--ws-url <url>", "its WebSocket address")
    .option("--allow-plaintext", "let http and ws reach other computers, readable to everyone on the way")
    .addOption(
      new Option(
        "--api <version>",
        "version of the protocol, v1 or v2 (default: v2 for the cloud's names, whose v1 ports 9443 and 9080 may be closed; else v1)",
      ).argParser(parseWord(API_VERSIONS)),
    )
    .addOption(
      new Option("--subprotocol <name>", "form of the WebSocket messages of v2: json or proto")
        .argParser(parseWord(SUBPROTOCOLS))
        .default("json"),
    )
    .optionsGroup("Account:")
    .option("--study-id <id>", "the study (default: the selected one)")
    .option("--profile <id>", "of whom the measurement is (dfxterm profiles)")
    .option("--partner <id>", "the partner, for licences that ask for one (v2)")
    .option("--email <address>", "the user (default: who logged in last)")
    .option("--no-token-cache", "neither use nor keep tokens of logins")
    .option("--config-dir <folder>", "where logins and settings are kept (also DFXTERM_CONFIG_DIR)")
    .optionsGroup("Output:")
    .option("--save-chunks-folder <folder>", "also save the chunks there")
    .option("--save-results-folder <folder>", "also save the results there")
    .option(
      "--save-facepoints",
      "save the face points beside the video as <name>-faces.json (cameras: with the measurement)",
    )
    .option("--state-dir <folder>", "where measurements are kept (also DFXTERM_STATE_DIR)")
    .option("--json", "one JSON object per line on stdout (docs/json.md)")
    .option("--plain", "plain lines, no dashboard")
    .option("--screen-reader", "plain lines, progress every five seconds (also INK_SCREEN_READER=true)");
  addDisplayOptions(command)
    .addHelpText("after", MEASURE_HELP)
    .action(async (args: string[], options: MeasureOptions) => {
      const { measureSettings, warnOfWrittenAccount } = await import("./measure-settings.js");
      const { env, stdin, stdout } = process;
      const { checkParty } = await import("../app/measure-account.js");
      const { loggedInLocally } = await import("./local-login.js");
      const { defaultStateDir } = await import("./state-dir.js");
      const settings = measureSettings(args, options, {
        env,
        stateDir: defaultStateDir(env, process.platform),
        output: outputMode(options, { stdinIsTty: stdin.isTTY, stdoutIsTty: stdout.isTTY, env }),
        hasLocalLogin: await loggedInLocally(options, env),
      });
      warnOfWrittenAccount(args.slice(options.fromChunks === undefined ? 2 : 0));
      await checkParty(settings);
      const { measureSession } = await import("./session.js");
      process.exitCode = await measureSession(settings);
    });
}

function addShow(top: Command): void {
  top
    .command("show")
    .description("show a past measurement, or write a report of it")
    .argument("[measurement]", "its folder, the folder's name or last six letters, or the beginning of its ID")
    .option("--last", "the newest one")
    .option("--state-dir <folder>", "where measurements are kept (also DFXTERM_STATE_DIR)")
    .optionsGroup("Reports (a file each, - for standard output):")
    .option("--html <file>", "one HTML file that needs no other and no network")
    .option("--png <file>", "a picture")
    .option("--csv <file>", "a table with a value a row")
    .option("--json <file>", "one JSON object (docs/report.md)")
    .addHelpText("after", SHOW_HELP)
    .action(async (measurement: string | undefined, options: ShowOptions) => {
      const { showCommand } = await import("./show-command.js");
      process.exitCode = await showCommand(measurement, options);
    });
}
