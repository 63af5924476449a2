import chalk from "chalk";
import sharp from "sharp";
import terminalImage from "terminal-image";

import { PLAIN_DISPLAY } from "../domain/display.js";
import { capabilityOf } from "../view/capability.js";
import { findMeasurement } from "./find-measurement.js";
import { readReport } from "./read-report.js";
import { reportLines } from "./show-text.js";

/** Wider pictures would fill the whole screen of a usual terminal. */
const STILL_COLUMNS_MAX = 60;
const COLUMNS_MAX = 100;

export interface ShowPlace {
  readonly stateDir: string;
  /** Width of the terminal; undefined when the text goes elsewhere. */
  readonly columns: number | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * A past measurement as text: on a terminal its still in half blocks, then summary, heart rate and pulse wave as curves,
 * the quality of its chunks and how it was made.
 * @param word as `findMeasurement` takes it.
 * @throws AppError USAGE, FILE when there is no such measurement or its folder holds no summary.
 */
export async function showMeasurement(
  word: string | undefined,
  { stateDir, columns, env }: ShowPlace,
): Promise<string> {
  const report = await readReport(await findMeasurement(word, stateDir));
  const { colors, unicode, picture } = capabilityOf(env, PLAIN_DISPLAY);
  const isTerminal = columns !== undefined;
  const width = Math.min(columns ?? 80, COLUMNS_MAX);
  const lines = reportLines(report, { columns: width, color: colors !== "none" && isTerminal, unicode });
  const text = `${lines.join("\n")}\n`;
  if (!isTerminal || picture.draw !== "half" || !report.still) return text;
  // terminal-image asks chalk, which takes TERM=xterm for 16 colours and does not know NO_COLOR.
  chalk.level = picture.colors === "truecolor" ? 3 : 2;
  const still = await stillText(report.still, Math.min(width, STILL_COLUMNS_MAX)).catch(() => "");
  return still === "" ? text : `${still}\n${text}`;
}

// terminal-image decodes and scales slowly: sharp makes the picture small first. Its own drawing straight to
// the terminal is off, because this text may go elsewhere.
async function stillText(png: Uint8Array, columns: number): Promise<string> {
  const small = await sharp(png).resize({ width: columns }).png({ compressionLevel: 0 }).toBuffer();
  return terminalImage.buffer(small, { width: columns, preserveAspectRatio: true, preferNativeRender: false });
}
