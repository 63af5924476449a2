import { createReadStream } from "node:fs";

import { AppError } from "../domain/errors.js";
import { reasonOf } from "./measurement-folder.js";

/**
 * A whole file that somebody named. What is read is counted: devices and pipes do not say how long they are.
 * @param what the kind of the file, for the sentence.
 * @throws AppError with that code when it cannot be read or is larger.
 */
export async function readBounded(
  path: string,
  what: string,
  bytesMax: number,
  code: "FILE" | "USAGE" = "FILE",
): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of createReadStream(path) as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > bytesMax) throw new AppError(code, `the ${what} file ${path} is too large (over ${bytesMax} bytes)`);
      parts.push(part);
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError(code, `the ${what} file ${path} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
  return Buffer.concat(parts);
}
