import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { resolve } from "node:path";

import { AppError } from "../domain/errors.js";
import { reasonOf } from "../journal/disk.js";
import type { FileMark } from "../journal/manifest.js";

// How a file is known again by whoever goes on with a measurement. Its time of change says nothing (`cp` and `touch`
// change it), and reading gigabytes before every measurement would be felt: of a large file, samples are taken.

const SAMPLE_BYTES = 1 << 20;
const SAMPLES = 16;

/** Undefined when the file cannot be read: then it is the measurement that fails, with a sentence of its own. */
export async function markOf(path: string): Promise<FileMark | undefined> {
  const absolute = resolve(path);
  try {
    return await markNow(absolute);
  } catch {
    return undefined;
  }
}

/** @throws AppError SOURCE_MISSING or FILE when the file is not there or not the same. */
export async function checkMark(what: string, mark: FileMark): Promise<void> {
  let now: FileMark;
  try {
    now = await markNow(mark.path);
  } catch (error) {
    const sentence = `${what} ${mark.path} cannot be read (${reasonOf(error)}): put it back and resume again`;
    throw new AppError(what === "the video" ? "SOURCE_MISSING" : "FILE", sentence, { cause: error });
  }
  if (now.sizeBytes !== mark.sizeBytes || now.sha256 !== mark.sha256) {
    throw new AppError("FILE", `${what} ${mark.path} has changed since the measurement began: put it back as it was`);
  }
}

async function markNow(path: string): Promise<FileMark> {
  const file = await open(path, "r");
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error("not a file");
    return { path, sizeBytes: stat.size, sha256: await digestOf(file, stat.size) };
  } finally {
    await file.close();
  }
}

/** Of the whole file, or of as many parts of a large one, evenly spaced, the first and the last included. */
async function digestOf(file: FileHandle, sizeBytes: number): Promise<string> {
  const hash = createHash("sha256");
  const buffer = Buffer.alloc(SAMPLE_BYTES);
  const isSmall = sizeBytes <= SAMPLE_BYTES * SAMPLES;
  const count = isSmall ? Math.ceil(sizeBytes / SAMPLE_BYTES) : SAMPLES;
  for (let index = 0; index < count; index += 1) {
    const at = isSmall ? index * SAMPLE_BYTES : Math.floor(((sizeBytes - SAMPLE_BYTES) * index) / (SAMPLES - 1));
    const { bytesRead } = await file.read(buffer, 0, SAMPLE_BYTES, at);
    hash.update(buffer.subarray(0, bytesRead));
  }
  return hash.digest("hex");
}
