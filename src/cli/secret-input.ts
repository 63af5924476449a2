import { AppError } from "../domain/errors.js";

const BYTES_MAX = 65_536;

/**
 * The first lines of the standard input, without waiting for its end: a pipe may stay open.
 * @throws AppError USAGE when there are fewer, or an empty one.
 */
export async function linesOf(input: AsyncIterable<Uint8Array>, names: readonly string[]): Promise<string[]> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  let lines: string[] = [];
  for await (const part of input) {
    parts.push(part);
    bytes += part.length;
    lines = Buffer.concat(parts).toString("utf8").split("\n");
    // The line that may still grow does not count.
    if (lines.length > names.length || bytes > BYTES_MAX) break;
  }
  return names.map((name, index) => {
    const line = lines[index]?.replace(/\r$/, "") ?? "";
    if (line.trim() === "") throw new AppError("USAGE", `the standard input has no ${name} in line ${index + 1}`);
    return line;
  });
}
