import type { ServerWish } from "../app/account-server.js";
import { defaultApi, type GivenAccount, type MeasureSettings, type ServerChoice } from "../app/settings.js";
import { AppError } from "../domain/errors.js";
import type { FaceDetectStrategy } from "../domain/face.js";
import {
  type ApiVersion,
  longerWith,
  type MeasurementMode,
  type SendMethod,
  type Subprotocol,
  secondsMax,
} from "../domain/measurement-terms.js";
import { type AccountOptions, given, serverWish } from "./account-options.js";
import { configDir } from "./config-dir.js";
import { type DisplayOptions, displaySettings } from "./measure-display.js";

/** The options of `measure` as commander gives them, each value already parsed. */
export interface MeasureOptions extends AccountOptions, DisplayOptions {
  readonly sendMethod: SendMethod;
  readonly measurementMode: MeasurementMode;
  readonly subprotocol: Subprotocol;
  readonly studyId?: string;
  readonly profile?: string;
  readonly partner?: string;
  /** False after `--no-token-cache`. */
  readonly tokenCache?: boolean;
  readonly chunklength: number;
  readonly videolength?: number;
  readonly userDemographics?: string;
  readonly constraints?: string;
  readonly resolution?: { widthPx: number; heightPx: number };
  readonly fps?: number;
  readonly pixelFormat?: string;
  readonly faceDetect: FaceDetectStrategy;
  readonly faces?: string;
  readonly saveChunksFolder?: string;
  readonly saveResultsFolder?: string;
  readonly saveFacepoints?: boolean;
  readonly fromChunks?: string;
  readonly live?: boolean;
  readonly wait?: boolean;
  readonly autoStart?: boolean;
  readonly ffmpeg?: string;
  readonly stateDir?: string;
  readonly json?: boolean;
  readonly plain?: boolean;
}

/** What the settings take from outside the command line. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly stateDir: string;
  readonly output: MeasureSettings["output"];
  /** Somebody is logged in to a `dfxterm serve` on this computer. */
  readonly hasLocalLogin?: boolean;
}

/**
 * Joins arguments, options and environment into the settings of one measurement.
 * @throws AppError USAGE with one sentence when they do not fit each other.
 */
export function measureSettings(
  args: readonly string[],
  options: MeasureOptions,
  around: Surroundings,
): MeasureSettings {
  const {
    study,
    source,
    account: written,
  } = options.fromChunks === undefined
    ? positionals(args)
    : { study: undefined, source: options.fromChunks, account: writtenAccount(args) };
  // Keys and video cannot both be read from there: ffmpeg would take the keys that cancel.
  if (source === "-" && around.output === "dashboard") {
    throw usage("the standard input is the keyboard here: give a file, or pipe a video into dfxterm");
  }
  const account = written ?? givenAccount(options, around.env);
  const wish = serverWish(options, around.env);
  // What stands in the environment is meant for the service: it does not go to whoever listens on this computer.
  const isServe = wish.server === "local" && (written !== undefined || around.hasLocalLogin === true);
  const server: ServerChoice = isServe ? { kind: "named", name: "local" } : serverChoice(wish, isWhole(account));
  const api = wish.api ?? defaultApi(server);
  checkLength(options, api);
  return {
    source,
    fromChunks: options.fromChunks !== undefined,
    studyPath: study,
    server,
    account,
    tokens: { configDir: configDir(options, around.env), isCached: options.tokenCache ?? true },
    profileId: options.profile,
    partnerId: options.partner,
    sendMethod: options.sendMethod,
    api,
    subprotocol: options.subprotocol,
    mode: options.measurementMode,
    chunkLengthS: options.chunklength,
    videoLengthS: options.videolength,
    resolution: options.resolution,
    cameraRateHz: options.fps,
    pixelFormat: options.pixelFormat,
    ffmpegPath: options.ffmpeg,
    live: options.live ?? false,
    wait: options.wait ?? false,
    autoStart: options.autoStart ?? false,
    faceDetect: options.faceDetect,
    facesPath: options.faces,
    demographicsPath: options.userDemographics,
    constraintsPath: options.constraints,
    saveChunksFolder: options.saveChunksFolder,
    saveResultsFolder: options.saveResultsFolder,
    saveFacepoints: options.saveFacepoints ?? false,
    stateDir: options.stateDir ?? around.stateDir,
    output: around.output,
    display: displaySettings(options, around.env),
  };
}

function checkLength({ videolength, measurementMode }: MeasureOptions, api: ApiVersion): void {
  const limitS = secondsMax(api, measurementMode);
  if (videolength === undefined || videolength <= limitS) return;
  const what = api === "v2" ? "with --api v2 a measurement" : `a ${measurementMode.toLowerCase()} measurement`;
  throw usage(`${what} lasts at most ${limitS} s: give a smaller --videolength or ${longerWith(api, measurementMode)}`);
}

interface Positionals {
  readonly study: string | undefined;
  readonly source: string;
  readonly account: GivenAccount | undefined;
}

// The original's order is `study source license_key study_id email password`. Alone, the source is enough.
function positionals(args: readonly string[]): Positionals {
  const [first, second, licenseKey, studyId, email, password] = args;
  if (first === undefined) throw usage("give a video file, a camera number or an address to measure");
  if (second === undefined) return { study: undefined, source: first, account: undefined };
  const study = first === "default" || first === "" ? undefined : first;
  if (args.length === 2) return { study, source: second, account: undefined };
  if (!licenseKey || !studyId || !email || !password || args.length > 6) {
    throw usage(
      `measure takes one, two or six arguments (source; study source; study source license_key study_id email password), not ${args.length}`,
    );
  }
  return { study, source: second, account: { licenseKey, studyId, email, password } };
}

/**
 * The account as four arguments; undefined without any.
 * @throws AppError USAGE for another number of arguments.
 */
export function writtenAccount(args: readonly string[]): GivenAccount | undefined {
  const [licenseKey, studyId, email, password] = args;
  if (args.length === 0) return undefined;
  if (!licenseKey || !studyId || !email || !password || args.length > 4) {
    throw usage(`an account is four arguments (license_key study_id email password), not ${args.length}`);
  }
  return { licenseKey, studyId, email, password };
}

/** Tells whoever wrote a password into the command line where it may still be read. Before the dashboard opens. */
export function warnOfWrittenAccount(words: readonly string[]): void {
  if (words.length === 0) return;
  process.stderr.write(
    "dfxterm: warning: licence key and password were given as arguments: the shell's history keeps them, and npx and " +
      'sudo show them in the list of processes; use "dfxterm login" once, or DFXTERM_LICENSE_KEY and DFXTERM_PASSWORD\n',
  );
}

/** What options and environment say of the account; a login may know the rest. */
export function givenAccount(
  options: Pick<MeasureOptions, "studyId" | "email">,
  env: NodeJS.ProcessEnv,
): GivenAccount | undefined {
  const account = {
    licenseKey: given(env["DFXTERM_LICENSE_KEY"])?.trim(),
    studyId: (options.studyId ?? given(env["DFXTERM_STUDY_ID"]))?.trim(),
    email: (options.email ?? given(env["DFXTERM_EMAIL"]))?.trim(),
    password: given(env["DFXTERM_PASSWORD"]),
  };
  return Object.values(account).some((part) => part !== undefined) ? account : undefined;
}

function isWhole({ licenseKey, studyId, email, password }: GivenAccount = {}): boolean {
  return [licenseKey, studyId, email, password].every((part) => part !== undefined);
}

// Without a server: our own when there is no account, the original's default when there is one. A login alone does not
// send anybody's face to another computer: then the server has to be named.
export function serverChoice(
  { server, restUrl, wsUrl, api, plainAllowed }: ServerWish,
  hasAccount: boolean,
): ServerChoice {
  if (restUrl !== undefined || wsUrl !== undefined) {
    const socketUrl = wsUrl ?? (api === "v2" ? socketUrlOf(restUrl) : undefined);
    if (restUrl === undefined || socketUrl === undefined) {
      throw usage("--rest-url and --ws-url go together (with --api v2 --rest-url is enough)");
    }
    if (server !== undefined) throw usage("give --server or the two URLs, not both");
    return { kind: "urls", restUrl, wsUrl: socketUrl, ...(plainAllowed !== undefined && { plainAllowed }) };
  }
  if (server === "local" || (server === undefined && !hasAccount)) return { kind: "own" };
  return { kind: "named", name: server ?? "prod" };
}

/** As the official version 2 demo: the same host, without a path. */
function socketUrlOf(restUrl: string | undefined): string | undefined {
  return restUrl?.replace(/^http/i, "ws").replace(/^(wss?:\/\/[^/]*).*$/i, "$1");
}

function usage(message: string): AppError {
  return new AppError("USAGE", message);
}
