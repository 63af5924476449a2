import { type Account, defaultApi, type MeasureSettings, type ServerChoice } from "../app/settings.js";
import { AppError } from "../domain/errors.js";
import type { FaceDetectStrategy } from "../domain/face.js";
import {
  type ApiVersion,
  type MeasurementMode,
  type SendMethod,
  type Subprotocol,
  secondsMax,
} from "../domain/measurement-terms.js";

/** The options of `measure` as commander gives them, each value already parsed. */
export interface MeasureOptions {
  readonly sendMethod: SendMethod;
  readonly measurementMode: MeasurementMode;
  readonly server?: string;
  readonly restUrl?: string;
  readonly wsUrl?: string;
  readonly api?: ApiVersion;
  readonly subprotocol: Subprotocol;
  readonly chunklength: number;
  readonly videolength?: number;
  readonly userDemographics?: string;
  readonly constraints?: string;
  readonly resolution?: { widthPx: number; heightPx: number };
  readonly faceDetect: FaceDetectStrategy;
  readonly faces?: string;
  readonly saveChunksFolder?: string;
  readonly saveResultsFolder?: string;
  readonly saveFacepoints?: boolean;
  readonly live?: boolean;
  readonly wait?: boolean;
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
  const { study, source, account } = positionals(args, around.env);
  const server = serverChoice(options, account !== undefined);
  const api = options.api ?? defaultApi(server);
  checkLength(options, api);
  if (server.kind !== "own" && !account) {
    throw usage(
      "this server needs an account: give license_key, study_id, email and password after the source, or set DFXTERM_LICENSE_KEY, DFXTERM_STUDY_ID, DFXTERM_EMAIL and DFXTERM_PASSWORD",
    );
  }
  return {
    source,
    studyPath: study,
    server,
    account,
    sendMethod: options.sendMethod,
    api,
    subprotocol: options.subprotocol,
    mode: options.measurementMode,
    chunkLengthS: options.chunklength,
    videoLengthS: options.videolength,
    resolution: options.resolution,
    ffmpegPath: options.ffmpeg,
    live: options.live ?? false,
    wait: options.wait ?? false,
    faceDetect: options.faceDetect,
    facesPath: options.faces,
    demographicsPath: options.userDemographics,
    constraintsPath: options.constraints,
    saveChunksFolder: options.saveChunksFolder,
    saveResultsFolder: options.saveResultsFolder,
    saveFacepoints: options.saveFacepoints ?? false,
    stateDir: options.stateDir ?? around.stateDir,
    output: around.output,
  };
}

function checkLength({ videolength, measurementMode }: MeasureOptions, api: ApiVersion): void {
  const limitS = secondsMax(api, measurementMode);
  if (videolength === undefined || videolength <= limitS) return;
  const longest = secondsMax("v1", measurementMode);
  const what = api === "v2" ? "with --api v2 a measurement" : `a ${measurementMode.toLowerCase()} measurement`;
  const other = longest > limitS ? "--api v1" : "another --measurement-mode";
  throw usage(`${what} lasts at most ${limitS} s: give a smaller --videolength or ${other}`);
}

interface Positionals {
  readonly study: string | undefined;
  readonly source: string;
  readonly account: Account | undefined;
}

// The original's order is `study source license_key study_id email password`. Alone, the source is enough.
function positionals(args: readonly string[], env: NodeJS.ProcessEnv): Positionals {
  const [first, second, licenseKey, studyId, email, password] = args;
  if (first === undefined) throw usage("give a video file, a camera number or an address to measure");
  if (second === undefined) return { study: undefined, source: first, account: accountFromEnv(env) };
  const study = first === "default" || first === "" ? undefined : first;
  if (args.length === 2) return { study, source: second, account: accountFromEnv(env) };
  if (!licenseKey || !studyId || !email || !password || args.length > 6) {
    throw usage(
      `measure takes one, two or six arguments (source; study source; study source license_key study_id email password), not ${args.length}`,
    );
  }
  return { study, source: second, account: { licenseKey, studyId, email, password } };
}

function accountFromEnv(env: NodeJS.ProcessEnv): Account | undefined {
  const {
    DFXTERM_LICENSE_KEY: licenseKey,
    DFXTERM_STUDY_ID: studyId,
    DFXTERM_EMAIL: email,
    DFXTERM_PASSWORD: password,
  } = env;
  return licenseKey && studyId && email && password ? { licenseKey, studyId, email, password } : undefined;
}

// Without a server: our own when there is no account, the original's default when there is one.
function serverChoice(options: MeasureOptions, hasAccount: boolean): ServerChoice {
  const { server, restUrl, wsUrl } = options;
  if (restUrl !== undefined || wsUrl !== undefined) {
    const socketUrl = wsUrl ?? (options.api === "v2" ? socketUrlOf(restUrl) : undefined);
    if (restUrl === undefined || socketUrl === undefined) {
      throw usage("--rest-url and --ws-url go together (with --api v2 --rest-url is enough)");
    }
    if (server !== undefined) throw usage("give --server or the two URLs, not both");
    return { kind: "urls", restUrl, wsUrl: socketUrl };
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
