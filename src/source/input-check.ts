import { type FileHandle, open, stat } from "node:fs/promises";
import { basename } from "node:path";
import { AppError } from "../domain/errors.js";

/** What the first bytes of a file tell before ffmpeg is asked. */
export interface FileStart {
  /** QuickTime and MP4, whose demuxer knows edit lists. */
  readonly isMov: boolean;
  /** An AVI that is shorter than its own header says: ffmpeg reads those without a word. */
  readonly isCutAvi: boolean;
  /** A QuickTime or MP4 file whose last box says that it goes on: ffmpeg calls a cut index invalid data. */
  readonly isCutMov: boolean;
}

/**
 * Opens a file for the causes that the system knows.
 * @throws AppError SOURCE_MISSING, SOURCE_UNREADABLE (a folder, no permission, empty)
 */
export async function checkFile(path: string): Promise<FileStart> {
  const name = basename(path);
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "EACCES") throw forbidden(name, cause);
    throw new AppError("SOURCE_MISSING", `The video ${path} was not found: check the path.`, { cause });
  });
  if (found.isDirectory()) {
    throw new AppError("SOURCE_UNREADABLE", `${name} is a folder: give the video file itself.`);
  }
  if (!found.isFile()) {
    throw new AppError("SOURCE_UNREADABLE", `${name} is neither a file nor a FIFO: give a video file.`);
  }
  if (found.size === 0) {
    throw new AppError("SOURCE_UNREADABLE", `${name} is empty: record or copy it again.`);
  }
  const handle = await open(path, "r").catch((cause: unknown) => {
    throw forbidden(name, cause);
  });
  try {
    return await readStart(handle, found.size);
  } finally {
    await handle.close();
  }
}

function forbidden(name: string, cause: unknown): AppError {
  return new AppError("SOURCE_UNREADABLE", `${name} may not be read by this user: change its permissions.`, { cause });
}

/** Types of the boxes with which QuickTime and MP4 files begin (ISO 14496-12 and QuickTime File Format). */
const FIRST_BOXES = new Set(["ftyp", "moov", "mdat", "wide", "free", "skip", "styp", "pnot", "uuid"]);

async function readStart(handle: FileHandle, size: number): Promise<FileStart> {
  const start = Buffer.alloc(12);
  await handle.read(start, 0, start.length, 0);
  const isAvi = start.toString("latin1", 0, 4) === "RIFF" && start.toString("latin1", 8, 12) === "AVI ";
  const isMov = FIRST_BOXES.has(start.toString("latin1", 4, 8));
  return {
    isMov,
    isCutAvi: isAvi && start.readUInt32LE(4) + 8 > size,
    isCutMov: isMov && (await endsInsideBox(handle, size)),
  };
}

/** Recordings have a handful of boxes, fragmented ones two for each fragment. */
const BOXES_MAX = 100_000;

/**
 * Walks the boxes of the highest level: 32-bit size, type, and behind size 1 the size in 64 bits; 0 means to the end
 * of the file (ISO 14496-12, section 4.2).
 */
async function endsInsideBox(handle: FileHandle, fileSize: number): Promise<boolean> {
  const head = Buffer.alloc(16);
  let position = 0;
  for (let box = 0; box < BOXES_MAX && position < fileSize; box += 1) {
    const { bytesRead } = await handle.read(head, 0, head.length, position);
    if (bytesRead < 8) return true;
    let size = head.readUInt32BE(0);
    if (size === 0) return false;
    if (size === 1) size = bytesRead < 16 ? fileSize : Number(head.readBigUInt64BE(8));
    if (size < 8) return false;
    position += size;
  }
  return position > fileSize;
}
