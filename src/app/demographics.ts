import { readFile } from "node:fs/promises";

import { z } from "zod";

import { AppError } from "../domain/errors.js";
import { reasonOf } from "./measurement-folder.js";

const Demographics = z.record(z.string().min(1).max(64), z.union([z.string().max(256), z.number(), z.boolean()]));

/**
 * Reads the original's demographics file: a flat JSON object whose pairs become collector properties as text.
 * @throws AppError USAGE when it is not there or not of that form.
 */
export async function readDemographics(path: string): Promise<Record<string, string>> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new AppError("USAGE", `the demographics file ${path} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
  const { success, data, error } = Demographics.safeParse(parseJson(text));
  if (!success) {
    throw new AppError(
      "USAGE",
      `${path} must hold one JSON object such as {"gender": "female", "age": 40, "height": 170, "weight": 65}`,
      {
        cause: error,
      },
    );
  }
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, String(value)]));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
