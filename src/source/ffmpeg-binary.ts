import { access, chmod, constants, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { AppError } from "../domain/errors.js";
import { runChild } from "./child-process.js";

/** Where an ffmpeg was found, in the order in which we look. */
type FfmpegOrigin = "flag" | "environment" | "ffmpeg-static" | "path" | "ffmpeg-installer";

export interface FfmpegBinary {
  readonly path: string;
  readonly origin: FfmpegOrigin;
  /** As the program says it: "5.1.9-0+deb12u1", "N-47683-g0e8eb07980-static". */
  readonly version: string;
  /** True when it knows `-fps_mode`, which replaces `-vsync`. */
  readonly hasFpsMode: boolean;
}

/** One place where an ffmpeg could be, for `doctor`. */
export interface FfmpegCandidate {
  readonly origin: FfmpegOrigin;
  /** Undefined when the place names no file, for example a package that is not installed. */
  readonly path: string | undefined;
  /** The program, when it runs. */
  readonly binary: FfmpegBinary | undefined;
  /** Why it cannot be used. */
  readonly problem: string | undefined;
}

export interface FfmpegSearch {
  /** Value of `--ffmpeg`. */
  readonly flag?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Loads an optional npm package; replaced in tests. */
  readonly load?: ((packageName: string) => unknown) | undefined;
}

/**
 * The ffmpeg to use: `--ffmpeg`, then FFMPEG_BIN, then the npm package ffmpeg-static, then PATH, then the
 * npm package @ffmpeg-installer/ffmpeg. One that was asked for by name is used or refused, never replaced.
 * @throws AppError FFMPEG_MISSING
 */
export async function resolveFfmpeg(search: FfmpegSearch): Promise<FfmpegBinary> {
  for (const place of placesFor(search)) {
    const candidate = await examine(place);
    if (candidate.binary !== undefined) return candidate.binary;
    if (place.asked !== undefined) {
      throw new AppError(
        "FFMPEG_MISSING",
        `The ffmpeg given with ${place.asked} cannot be used: ${candidate.problem}. Correct the path or leave it out.`,
      );
    }
  }
  throw new AppError(
    "FFMPEG_MISSING",
    "No usable ffmpeg was found: install one (apt-get install ffmpeg, or brew install ffmpeg), " +
      "or name one with --ffmpeg or FFMPEG_BIN.",
  );
}

/** Every place that is looked at, in order, with what was found there. Never throws for a missing one. */
export async function listCandidates(search: FfmpegSearch): Promise<readonly FfmpegCandidate[]> {
  const candidates: FfmpegCandidate[] = [];
  for (const place of placesFor(search)) candidates.push(await examine(place));
  return candidates;
}

interface Place {
  readonly origin: FfmpegOrigin;
  /** How the user named it, when it was the user. */
  readonly asked?: string;
  readonly find: () => Promise<string | undefined> | string | undefined;
  /** Said when there is no path. */
  readonly absent: string;
}

function placesFor({ flag, env, load = loadPackage }: FfmpegSearch): readonly Place[] {
  const places: Place[] = [];
  if (flag !== undefined && flag !== "") {
    places.push({
      origin: "flag",
      asked: "--ffmpeg",
      find: () => named(flag, env),
      absent: `"${flag}" is not on PATH`,
    });
  }
  const wanted = env["FFMPEG_BIN"];
  if (wanted !== undefined && wanted !== "") {
    const absent = `"${wanted}" is not on PATH`;
    places.push({ origin: "environment", asked: "FFMPEG_BIN", find: () => named(wanted, env), absent });
  }
  places.push(
    { origin: "ffmpeg-static", find: () => pathIn(load, "ffmpeg-static"), absent: "the package is not installed" },
    { origin: "path", find: () => onPath("ffmpeg", env), absent: "there is no ffmpeg on PATH" },
    {
      origin: "ffmpeg-installer",
      find: () => pathIn(load, "@ffmpeg-installer/ffmpeg"),
      absent: "the package is not installed",
    },
  );
  return places;
}

async function examine({ origin, find, absent }: Place): Promise<FfmpegCandidate> {
  const path = await find();
  if (path === undefined) return { origin, path, binary: undefined, problem: absent };
  const problem = await whyNotExecutable(path, origin === "ffmpeg-installer");
  if (problem !== undefined) return { origin, path, binary: undefined, problem };
  const version = await versionOf(path);
  if (version === undefined) return { origin, path, binary: undefined, problem: `${path} does not run as ffmpeg` };
  return { origin, path, binary: { path, origin, ...version }, problem: undefined };
}

/** A command given without a folder is looked up on PATH, as a shell would. */
function named(command: string, env: NodeJS.ProcessEnv): Promise<string | undefined> | string {
  return command.includes("/") || isAbsolute(command) ? resolve(command) : onPath(command, env);
}

async function onPath(command: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, command);
    if (folder !== "" && (await isExecutableFile(path))) return path;
  }
  return undefined;
}

const loadPackage: (packageName: string) => unknown = createRequire(import.meta.url);

/** The path that a package exports, as a string or as `{ path }`. The file need not be there. */
function pathIn(load: (packageName: string) => unknown, packageName: string): string | undefined {
  let exported: unknown;
  try {
    exported = load(packageName);
  } catch {
    // Both packages are optional, and @ffmpeg-installer throws where it knows no binary.
    return undefined;
  }
  if (typeof exported === "string") return exported;
  if (typeof exported !== "object" || exported === null || !("path" in exported)) return undefined;
  return typeof exported.path === "string" ? exported.path : undefined;
}

async function isExecutableFile(path: string): Promise<boolean> {
  return (await whyNotExecutable(path, false)) === undefined;
}

async function whyNotExecutable(path: string, mayRepair: boolean): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return `there is no file ${path}`;
  if (!found.isFile()) return `${path} is not a file`;
  if (await isAllowed(path)) return undefined;
  // Without install scripts npm may unpack the program without its executable bit.
  if (mayRepair && found.uid === process.getuid?.()) {
    await chmod(path, found.mode | 0o100).catch(() => undefined);
    if (await isAllowed(path)) return undefined;
  }
  return `${path} is not executable (chmod +x would make it so)`;
}

async function isAllowed(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Generous: the first run of a 70 MB static program on a slow disk takes seconds. */
const VERSION_TIMEOUT_MS = 15_000;

async function versionOf(path: string): Promise<Pick<FfmpegBinary, "version" | "hasFpsMode"> | undefined> {
  let output = "";
  const { end } = await runChild(path, ["-version"], {
    timeoutMs: VERSION_TIMEOUT_MS,
    onOutput: (text) => {
      if (output.length < 65_536) output += text;
    },
  });
  const version = /^ffmpeg version (\S+)/.exec(output)?.[1];
  if (end.exitCode !== 0 || version === undefined) return undefined;
  // Builds from git have no useful number, so the library decides: `-fps_mode` came with ffmpeg 5.1;
  // libavutil 58 is ffmpeg 6.0, the first release whose library number tells it from 5.0.
  const libavutilMajor = Number(/libavutil\s+(\d+)\./.exec(output)?.[1] ?? 0);
  return { version, hasFpsMode: libavutilMajor >= 58 };
}
