import { SERVER_NAMES, usualApi } from "../api/servers.js";
import type { DisplaySettings } from "../domain/display.js";
import type { FaceDetectStrategy } from "../domain/face.js";
import type { ApiVersion, MeasurementMode, SendMethod, Subprotocol } from "../domain/measurement-terms.js";

export { serverName } from "../api/servers.js";

/** What `--server` takes: a server of our own, or the service's by name. */
export const SERVER_WORDS: readonly string[] = ["local", ...SERVER_NAMES];

/** Who measures, where, and in which study; undefined parts mean the local server's own. */
export interface Account {
  readonly licenseKey: string;
  readonly studyId: string;
  readonly email: string;
  readonly password: string;
}

/** Those parts of an account that were given; the rest comes from an earlier login. */
export type GivenAccount = { readonly [Part in keyof Account]?: Account[Part] | undefined };

/** Where logins are kept. */
interface TokenSettings {
  readonly configDir: string;
  /** False: tokens are neither taken from there nor put there. */
  readonly isCached: boolean;
}

export type ServerChoice =
  /** A server of our own, started for this measurement. */
  | { readonly kind: "own" }
  | { readonly kind: "named"; readonly name: string }
  | { readonly kind: "urls"; readonly restUrl: string; readonly wsUrl: string; readonly plainAllowed?: boolean };

/** The version that is spoken where nobody says which. */
export function defaultApi(server: ServerChoice): ApiVersion {
  return usualApi(server.kind === "named" ? server.name : undefined);
}

/** Everything `measure` was asked to do, checked. */
export interface MeasureSettings {
  readonly source: string;
  /** The source is a folder of saved chunks, to be sent as a new measurement. */
  readonly fromChunks?: boolean;
  /** Only the label of a source is known that another process has read: it cannot be opened once more. */
  readonly isSourceOver?: boolean;
  /** Path of a study file; undefined is the engine's default. */
  readonly studyPath: string | undefined;
  readonly server: ServerChoice;
  readonly account: GivenAccount | undefined;
  readonly tokens: TokenSettings;
  /** Of whom the measurement is, as the server lists people. */
  readonly profileId?: string | undefined;
  readonly partnerId?: string | undefined;
  readonly sendMethod: SendMethod;
  /** Version of the protocol. */
  readonly api: ApiVersion;
  /** Form of the WebSocket messages of version 2. */
  readonly subprotocol: Subprotocol;
  readonly mode: MeasurementMode;
  readonly chunkLengthS: number;
  readonly videoLengthS: number | undefined;
  readonly resolution: { readonly widthPx: number; readonly heightPx: number } | undefined;
  /** Frames per second and format of the samples that a camera is asked for. */
  readonly cameraRateHz?: number | undefined;
  readonly pixelFormat?: string | undefined;
  readonly ffmpegPath: string | undefined;
  readonly live: boolean;
  readonly wait: boolean;
  /** Starts by itself when every constraint was good for two seconds. */
  readonly autoStart?: boolean | undefined;
  readonly faceDetect: FaceDetectStrategy;
  readonly facesPath: string | undefined;
  readonly demographicsPath: string | undefined;
  /** Path of a file that changes the constraints. */
  readonly constraintsPath?: string | undefined;
  readonly saveChunksFolder: string | undefined;
  readonly saveResultsFolder: string | undefined;
  readonly saveFacepoints: boolean;
  /** Folder under which each measurement gets its own. */
  readonly stateDir: string;
  readonly output: "dashboard" | "plain" | "json";
  /** How it is shown; undefined is as usual. */
  readonly display?: DisplaySettings | undefined;
}
