import { readFile } from "node:fs/promises";
import { join } from "node:path";

import sharp from "sharp";
import terminalImage from "terminal-image";

import { AppError } from "../domain/errors.js";
import { plainSummary } from "../results/plain-summary.js";
import type { Summary } from "../results/summary.js";
import { reasonOf } from "./measurement-folder.js";

const COLUMNS_MAX = 80;

/**
 * A past measurement as text: its summary and, on a terminal, its still in half blocks.
 * @param columns width of the terminal; undefined when there is none.
 * @throws AppError FILE when the folder is no measurement.
 */
export async function showMeasurement(folder: string, columns: number | undefined): Promise<string> {
  const summary = await readSummary(join(folder, "summary.json"));
  const text = `${plainSummary(summary).join("\n")}\n`;
  if (columns === undefined || summary.paths.snapshot === null) return text;
  return `${await stillText(summary.paths.snapshot, Math.min(columns, COLUMNS_MAX))}\n${text}`;
}

async function readSummary(path: string): Promise<Summary> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    const reason = error instanceof SyntaxError ? "it is not JSON" : reasonOf(error);
    throw new AppError("FILE", `${path} is no summary of a measurement: ${reason}`, { cause: error });
  }
  if (!isSummary(value)) throw new AppError("FILE", `${path} is no summary of a measurement: it has another form`);
  return value;
}

function isSummary(value: unknown): value is Summary {
  if (typeof value !== "object" || value === null) return false;
  return "v" in value && value.v === 1 && "type" in value && value.type === "summary";
}

// terminal-image decodes and scales slowly: sharp makes the picture small first. Its own drawing straight to
// the terminal is off, because this text may go elsewhere.
async function stillText(path: string, columns: number): Promise<string> {
  const small = await sharp(path).resize({ width: columns }).png({ compressionLevel: 0 }).toBuffer();
  return terminalImage.buffer(small, { width: columns, preserveAspectRatio: true, preferNativeRender: false });
}
