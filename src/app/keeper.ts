import { copyFile, rename, rm } from "node:fs/promises";
import { join, parse } from "node:path";

import type { ChunkPayload } from "../domain/chunk.js";
import type { PreviewPicture } from "../domain/preview.js";
import type { Summary, SummaryPaths } from "../results/summary.js";
import { parseSource } from "../source/spec.js";
import { MeasurementFolder } from "./measurement-folder.js";
import type { MeasureSettings } from "./settings.js";
import { pngOf } from "./still.js";

/** Puts everything that a measurement yields on disk, as soon as it is there. */
export class Keeper {
  readonly #settings: MeasureSettings;
  readonly #startedAt: Date;
  #folder: MeasurementFolder | undefined;
  #still: PreviewPicture | undefined;
  #faces: string | undefined;
  #pending: Promise<unknown>[] = [];

  constructor(settings: MeasureSettings, startedAt: Date) {
    this.#settings = settings;
    this.#startedAt = startedAt;
  }

  /** Makes the folders before anything is measured, so that a full or read-only disk is told at once. */
  async open(tag: string): Promise<void> {
    const { stateDir, saveChunksFolder, saveResultsFolder } = this.#settings;
    const copies = { chunks: saveChunksFolder, results: saveResultsFolder };
    this.#folder = await MeasurementFolder.create(stateDir, this.#startedAt, tag, copies);
  }

  /** Resolves when the chunk is on disk. */
  chunk(chunk: ChunkPayload): Promise<void> {
    return this.#remember(this.#folder?.saveChunk(chunk));
  }

  result(body: Uint8Array): Promise<void> {
    return this.#remember(this.#folder?.saveResult(body));
  }

  /** Keeps the newest still; it is written at the end. */
  still(picture: PreviewPicture): void {
    this.#still = picture;
  }

  /** Where the face points are written while they come; undefined when nobody asked for them. */
  get facesPath(): string | undefined {
    return this.#folder && this.#settings.saveFacepoints ? join(this.#folder.path, "faces.json") : undefined;
  }

  /** The face points are complete, at that path. */
  faces(path: string): void {
    this.#faces = path;
  }

  /** Writes what is written once: the final results, the face points. Waits for everything before it. */
  async paths(): Promise<SummaryPaths> {
    await Promise.allSettled(this.#pending);
    const folder = this.#folder;
    if (!folder) return { folder: null, chunks: null, results: null, snapshot: null, faces: null };
    const snapshot = this.#still ? await folder.save("snapshot.png", await pngOf(this.#still)) : null;
    return {
      folder: folder.path,
      chunks: folder.chunks,
      results: folder.results,
      snapshot,
      faces: await this.#saveFaces(),
    };
  }

  /** Final results, of the whole or of one part. */
  async final(fileName: string, text: string): Promise<void> {
    await this.#folder?.save(fileName, text);
  }

  async summary(summary: Summary): Promise<void> {
    await this.#folder?.save("summary.json", `${JSON.stringify(summary, undefined, 2)}\n`);
  }

  /**
   * The original writes face points beside the video: `clip.mp4` becomes `clip-faces.json`. What is no file has
   * no such place, and an address may hold a password: those stay in the measurement's folder, and so do those of a
   * video in a folder that takes no files.
   */
  async #saveFaces(): Promise<string | null> {
    if (this.#faces === undefined) return null;
    const source = parseSource(this.#settings.source);
    if (source.kind !== "file") return this.#faces;
    const { dir, name } = parse(source.path);
    const path = join(dir, `${name}-faces.json`);
    const draft = `${path}.part`;
    try {
      await copyFile(this.#faces, draft);
      await rename(draft, path);
      return path;
    } catch {
      await rm(draft, { force: true }).catch(() => undefined);
      return this.#faces;
    }
  }

  async #remember(work: Promise<void> | undefined): Promise<void> {
    if (!work) return;
    this.#pending.push(work);
    await work;
  }
}
