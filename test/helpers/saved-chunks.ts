import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { pulsePayload, writePayload } from "../wire/payload-writer.js";

/** Fills a folder with so many chunks of 5 s in which a pulse of 72 beats is, for `--from-chunks`. */
export function saveChunks(folder: string, count: number): string {
  mkdirSync(folder, { recursive: true });
  for (let number = 0; number < count; number += 1) {
    const plan = { chunkNumber: number, frames: 150, rateHz: 30, startMs: number * 5000, bpm: 72 };
    writeFileSync(join(folder, `payload${number}.bin`), writePayload(pulsePayload(plan)));
  }
  return folder;
}
