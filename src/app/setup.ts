import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { SERVER_NAMES } from "../api/servers.js";
import { AppError } from "../domain/errors.js";
import type { SetupChoice, SetupData, SetupOption } from "../domain/setup.js";
import { listCameras } from "../source/cameras.js";
import { labelOf, parseSource } from "../source/spec.js";
import { accountServer } from "./account-server.js";
import { configFile } from "./config.js";
import { pastMeasurements } from "./past-measurements.js";
import { SERVER_WORDS } from "./settings.js";
import { recallSetup, type SetupMemory } from "./setup-memory.js";

/** A drawn face with a known pulse, for the first try. */
const BUNDLED_CLIP = fileURLToPath(new URL("../../fixtures/face-72bpm.mp4", import.meta.url));

const USUAL: SetupChoice = {
  source: BUNDLED_CLIP,
  server: "local",
  study: "",
  sex: "",
  age: "",
  height: "",
  weight: "",
  length: "",
  chunk: "5",
  pace: "live",
};

/** In the order in which they are used: the cloud behind the local one, then those of developers. */
const FIRST_SERVERS = [...new Set(["local", "prod", ...SERVER_WORDS])];

export interface SetupPlace {
  readonly stateDir: string;
  readonly configDir: string;
}

/**
 * Everything that the form offers: cameras and recent sources, servers, their studies, past measurements, the last choice.
 * @param asked what was asked for and could not be measured; it stands there again instead of the last choice
 */
export async function setupData({ stateDir, configDir }: SetupPlace, asked?: SetupChoice): Promise<SetupData> {
  const [memory, cameras, studies, past] = await Promise.all([
    recallSetup(stateDir),
    cameraOptions(process.env),
    studyOptions(configDir),
    pastMeasurements(stateDir),
  ]);
  return {
    sources: sourceOptions(cameras, memory),
    servers: FIRST_SERVERS.map((value) => ({
      value,
      label: value === "local" ? "local: this computer, no account" : value,
    })),
    studies: { ...studies, local: [{ value: "", label: "default: heart rate, breathing, variability" }] },
    ...past,
    choice: asked ?? { ...USUAL, ...memory.choice },
  };
}

/**
 * A source as it can be found again from anywhere: files by their whole path, `~` as the shell would read it.
 * @throws AppError USAGE, SOURCE_MISSING when it is a file that is not there, or a folder.
 */
export async function wholeSource(source: string): Promise<string> {
  const typed = fromHome(source);
  const spec = parseSource(typed);
  return spec.kind === "file" ? await wholeFile(spec.path) : typed;
}

/**
 * The choice with source and study as they can be found again from anywhere; only at the local server a study is a file.
 * @throws AppError USAGE, SOURCE_MISSING when one of them is a file that is not there, or a folder.
 */
export async function wholeChoice(choice: SetupChoice): Promise<SetupChoice> {
  const isFile = choice.server === "local" && choice.study !== "";
  const study = isFile ? await wholeFile(fromHome(choice.study)) : choice.study;
  return { ...choice, source: await wholeSource(choice.source), study };
}

function fromHome(typed: string): string {
  return typed.startsWith("~/") ? join(homedir(), typed.slice(2)) : typed;
}

async function wholeFile(name: string): Promise<string> {
  const path = resolve(name);
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => error.code);
  if (found === "ENOENT" || found === "ENOTDIR") {
    throw new AppError("SOURCE_MISSING", `There is no file ${path}: check its spelling.`);
  }
  // Why one cannot be looked at, such as in a folder of somebody else, is for the measurement to say.
  if (typeof found === "object" && found.isDirectory())
    throw new AppError("SOURCE_MISSING", `${path} is a folder: give a file in it.`);
  return path;
}

function sourceOptions(cameras: readonly SetupOption[], { recent }: SetupMemory): SetupOption[] {
  const bundled = { value: BUNDLED_CLIP, label: "a clip to try: a drawn face of 20 s, 72 beats per minute" };
  const known = new Set([BUNDLED_CLIP, ...cameras.map(({ value }) => value)]);
  const others = recent.filter((value) => !known.has(value)).map((value) => ({ value, label: labelFor(value) }));
  return [bundled, ...cameras, ...others];
}

function labelFor(source: string): string {
  try {
    const spec = parseSource(source);
    return spec.kind === "file" ? `${basename(source)}  (${source})` : labelOf(spec);
  } catch {
    return source;
  }
}

/** The cameras that the system tells of; where it cannot, a number can still be typed. */
async function cameraOptions(env: NodeJS.ProcessEnv): Promise<SetupOption[]> {
  const { platform } = process;
  const cameras = await listCameras({ ffmpegPath: env["FFMPEG_BIN"] ?? "ffmpeg", platform }).catch(() => []);
  return cameras.map(({ number, name }) => ({ value: String(number), label: `camera ${number}: ${name}` }));
}

/** The study that was selected at each server. */
async function studyOptions(configDir: string): Promise<Record<string, SetupOption[]>> {
  const config = await configFile(configDir)
    .read()
    .catch(() => undefined);
  const options: Record<string, SetupOption[]> = {};
  for (const name of SERVER_WORDS) options[name] = [{ value: "", label: "the one that was selected last" }];
  for (const { server, id, name } of config?.studies ?? []) {
    const word = SERVER_NAMES.find((one) => accountServer({ server: one }).key === server);
    if (word !== undefined) options[word]?.push({ value: id, label: name === undefined ? id : `${name}  (${id})` });
  }
  return options;
}
