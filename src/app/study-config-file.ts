import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { AccountClient } from "../api/v2-account-lists.js";
import type { Config } from "./config.js";
import { type CachedStudyConfig, studyConfigOf, withStudyConfig } from "./config.js";
import { type ConfigFile, writePrivately } from "./config-file.js";

/** A study configuration on disk. */
export interface StudyConfigFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly md5: string;
  /** False when the one that was here is still the server's. */
  readonly isNew: boolean;
}

/**
 * The configuration that the licensed SDK needs for a study: asked for with the hash of the one at hand, so that the
 * server sends only what has changed.
 * @throws AppError AUTH, NETWORK, SERVER, WIRE, FILE, CANCELLED.
 */
export async function fetchStudyConfig(
  client: AccountClient,
  wanted: { readonly server: string; readonly study: string; readonly sdkId: string },
  configDir: string,
  file: ConfigFile<Config>,
  signal: AbortSignal,
): Promise<StudyConfigFile> {
  const folder = join(configDir, "studies");
  const known = await atHand(folder, studyConfigOf(await file.read(), wanted));
  const sent = await client.studyConfig(wanted.study, wanted.sdkId, known?.md5 ?? "");
  if (sent === undefined && known !== undefined) return { ...known, isNew: false };
  if (sent === undefined) throw new Error("a server cannot confirm what it was not asked about");
  const name = `${md5Of(Buffer.from(JSON.stringify(wanted)))}.dat`;
  const path = join(folder, name);
  await writePrivately(folder, path, sent.bytes);
  await file.exclusively(signal, async (editor) => {
    await editor.save(withStudyConfig(editor.value, { ...wanted, md5: sent.md5, file: name }));
  });
  return { path, ...sent, isNew: true };
}

/** What is on disk, when it is there and whole. */
async function atHand(
  folder: string,
  entry: CachedStudyConfig | undefined,
): Promise<Omit<StudyConfigFile, "isNew"> | undefined> {
  if (entry === undefined) return undefined;
  const path = join(folder, entry.file);
  const bytes = await readFile(path).catch(() => undefined);
  return bytes !== undefined && md5Of(bytes) === entry.md5 ? { path, bytes, md5: entry.md5 } : undefined;
}

function md5Of(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}
