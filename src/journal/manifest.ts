import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { z } from "zod";

import { AppError } from "../domain/errors.js";
import { type MeasurementMode, MODE_SECONDS_MAX } from "../domain/measurement-terms.js";
import { reasonOf } from "./disk.js";

// manifest.json: what a measurement was asked to be, written once before anything is measured. It is all that
// another process needs to go on, but for the account: no password, token or key is ever written here, and of an
// address only what cannot hold one.

/** A file that the measurement depends on, and how to know it again. */
const FileMark = z.object({
  /** Absolute. */
  path: z.string(),
  sizeBytes: z.number(),
  /** Of the whole file, or of samples of a large one (see src/app/resume-inputs.ts). */
  sha256: z.string(),
});
export type FileMark = z.infer<typeof FileMark>;

const Source = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("file"), label: z.string(), file: FileMark }),
  /** A folder of saved chunks. */
  z.object({ kind: z.literal("chunks"), label: z.string(), folder: z.string() }),
  /** Cameras, streams, pipes: what they showed is over. */
  z.object({ kind: z.literal("live"), label: z.string() }),
]);

const Server = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("own") }),
  z.object({ kind: z.literal("named"), name: z.string() }),
  z.object({
    kind: z.literal("urls"),
    restUrl: z.string(),
    wsUrl: z.string(),
    plainAllowed: z.boolean().exactOptional(),
  }),
]);

const MODES = Object.keys(MODE_SECONDS_MAX) as MeasurementMode[];

const Manifest = z.object({
  v: z.literal(1),
  /** When it began, by the clock of the wall. */
  startedAt: z.string(),
  source: Source,
  server: Server,
  sendMethod: z.enum(["REST", "websocket"]),
  api: z.enum(["v1", "v2"]),
  subprotocol: z.enum(["json", "proto"]),
  mode: z.enum(MODES),
  profileId: z.string().nullable(),
  partnerId: z.string().nullable(),
  /** The server's study that was asked for; null: the selected one. */
  studyId: z.string().nullable().default(null),
  chunkLengthS: z.number(),
  videoLengthS: z.number().nullable(),
  /** What was asked for at the beginning; what goes on waits neither for a clock nor for a key. */
  live: z.boolean().default(false),
  wait: z.boolean().default(false),
  resolution: z.object({ widthPx: z.number(), heightPx: z.number() }).nullable().default(null),
  faceDetect: z.enum(["brute", "fast", "smart"]),
  study: FileMark.nullable(),
  faces: FileMark.nullable(),
  demographics: FileMark.nullable(),
  constraints: FileMark.nullable(),
  saveChunksFolder: z.string().nullable(),
  saveResultsFolder: z.string().nullable(),
  saveFacepoints: z.boolean(),
});
export type Manifest = z.infer<typeof Manifest>;

export const MANIFEST_NAME = "manifest.json";

/** @throws AppError FILE when the folder has no manifest that can be read. */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, MANIFEST_NAME);
  try {
    const { data, success } = Manifest.safeParse(JSON.parse(await readFile(path, "utf8")));
    if (success) return data;
  } catch (error) {
    const reason = error instanceof SyntaxError ? "it is not JSON" : reasonOf(error);
    throw new AppError("FILE", `${path} cannot be read: ${reason}`, { cause: error });
  }
  throw new AppError("FILE", `${path} cannot be read: it was written by another version of dfxterm`);
}

export function encodeManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}
