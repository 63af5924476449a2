import { resolve } from "node:path";

import { serverAddress } from "../api/servers.js";
import type { FileMark, Manifest } from "../journal/manifest.js";
import { labelOf, parseSource } from "../source/spec.js";
import { markOf } from "./resume-inputs.js";
import type { GivenAccount, MeasureSettings, ServerChoice } from "./settings.js";

/**
 * What another process must know to go on with a measurement. Nothing secret: the account is asked for again, an
 * address that holds a password is refused (`serverAddress`) or cut down to its label.
 * @throws AppError USAGE for an address that cannot be used.
 */
export async function manifestOf(settings: MeasureSettings, startedAt: Date): Promise<Manifest> {
  const { studyPath, facesPath, demographicsPath, constraintsPath, saveChunksFolder, saveResultsFolder } = settings;
  return {
    v: 1,
    startedAt: startedAt.toISOString(),
    source: await sourceOf(settings),
    server: serverOf(settings.server),
    sendMethod: settings.sendMethod,
    api: settings.api,
    subprotocol: settings.subprotocol,
    mode: settings.mode,
    profileId: settings.profileId ?? null,
    partnerId: settings.partnerId ?? null,
    studyId: settings.account?.studyId ?? null,
    chunkLengthS: settings.chunkLengthS,
    videoLengthS: settings.videoLengthS ?? null,
    live: settings.live,
    wait: settings.wait,
    resolution: settings.resolution ?? null,
    faceDetect: settings.faceDetect,
    study: await marked(studyPath),
    faces: await marked(facesPath),
    demographics: await marked(demographicsPath),
    constraints: await marked(constraintsPath),
    saveChunksFolder: saveChunksFolder === undefined ? null : resolve(saveChunksFolder),
    saveResultsFolder: saveResultsFolder === undefined ? null : resolve(saveResultsFolder),
    saveFacepoints: settings.saveFacepoints,
  };
}

async function marked(path: string | undefined): Promise<FileMark | null> {
  return path === undefined ? null : ((await markOf(path)) ?? null);
}

async function sourceOf({ source, fromChunks }: MeasureSettings): Promise<Manifest["source"]> {
  if (fromChunks === true) return { kind: "chunks", label: source, folder: resolve(source) };
  const spec = parseSource(source);
  const label = labelOf(spec);
  if (spec.kind !== "file") return { kind: "live", label };
  const file = await markOf(spec.path);
  // A file that cannot be read gives no measurement; there will be nothing to go on with.
  return file ? { kind: "file", label, file } : { kind: "live", label };
}

function serverOf(choice: ServerChoice): Manifest["server"] {
  if (choice.kind !== "urls") return choice;
  const { restUrl, wsUrl } = serverAddress(choice);
  return { ...choice, restUrl, wsUrl };
}

/** What does not come from the manifest. */
export interface ResumeSurroundings {
  readonly account: GivenAccount | undefined;
  readonly tokens: MeasureSettings["tokens"];
  readonly ffmpegPath: string | undefined;
  readonly stateDir: string;
  readonly output: MeasureSettings["output"];
  readonly display?: MeasureSettings["display"];
}

/** It was begun; what is left of a file is read as fast as it can be. */
export function goingOn(settings: MeasureSettings): MeasureSettings {
  return { ...settings, live: false, wait: false, autoStart: false };
}

/** The settings that the measurement was begun with. */
export function settingsFrom(manifest: Manifest, around: ResumeSurroundings): MeasureSettings {
  const { source } = manifest;
  return {
    source: source.kind === "file" ? source.file.path : source.kind === "chunks" ? source.folder : source.label,
    fromChunks: source.kind === "chunks",
    studyPath: manifest.study?.path,
    server: manifest.server,
    account: around.account,
    tokens: around.tokens,
    profileId: manifest.profileId ?? undefined,
    partnerId: manifest.partnerId ?? undefined,
    sendMethod: manifest.sendMethod,
    api: manifest.api,
    subprotocol: manifest.subprotocol,
    mode: manifest.mode,
    chunkLengthS: manifest.chunkLengthS,
    videoLengthS: manifest.videoLengthS ?? undefined,
    resolution: manifest.resolution ?? undefined,
    ffmpegPath: around.ffmpegPath,
    live: manifest.live,
    wait: manifest.wait,
    faceDetect: manifest.faceDetect,
    facesPath: manifest.faces?.path,
    demographicsPath: manifest.demographics?.path,
    constraintsPath: manifest.constraints?.path,
    saveChunksFolder: manifest.saveChunksFolder ?? undefined,
    saveResultsFolder: manifest.saveResultsFolder ?? undefined,
    saveFacepoints: manifest.saveFacepoints,
    stateDir: around.stateDir,
    output: around.output,
    ...(around.display && { display: around.display }),
    ...(source.kind === "live" && { isSourceOver: true }),
  };
}
