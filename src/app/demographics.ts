import { AppError } from "../domain/errors.js";
import { readBounded } from "./bounded-file.js";

// The original passes every pair of the demographics file on as property text, unchecked. What the service knows is
// checked here, because it ignores or refuses bad values much later. The names are those of dfx-demo-py: plain ("age"),
// or with the number of the face ("age:1", SDK 4.4 and later). Ranges: documentation of the DFX web SDK.

/** What a value becomes as property text; undefined when it is not allowed. */
type Rule = (value: string | number | boolean) => string | undefined;

interface Known {
  readonly allowed: string;
  readonly take: Rule;
}

const KNOWN = new Map<string, Known>(
  Object.entries({
    gender: { allowed: '"male" or "female"', take: word("male", "female") },
    age: between(13, 120, "years"),
    height: between(120, 220, "cm"),
    weight: between(30, 300, "kg"),
    smoking: { allowed: "0 or 1", take: flag },
    bloodpressuremedication: { allowed: "0 or 1", take: flag },
    hypertensive: { allowed: "0 or 1", take: flag },
    diabetes: { allowed: '"0", "type1" or "type2"', take: word("0", "type1", "type2") },
  }),
);

/** Limits of the collector's properties. */
const KEY_BYTES_MAX = 64;
const VALUE_BYTES_MAX = 1024;
const PAIRS_MAX = 100;
const BYTES_MAX = 1 << 20;
/** Written by the engine into the same JSON object. */
const RESERVED = new Set(["dfxterm", "extraction"]);

export interface Demographics {
  /** Text by property key. */
  readonly properties: Readonly<Record<string, string>>;
  /** Sentences about keys that the service is not known to use. */
  readonly warnings: readonly string[];
}

/**
 * Reads the original's demographics file: a flat JSON object whose pairs become collector properties as text.
 * @throws AppError USAGE when it is not there, not of that form, or holds a value that is not allowed.
 */
export async function readDemographics(path: string): Promise<Demographics> {
  const text = (await readBounded(path, "demographics", BYTES_MAX, "USAGE")).toString("utf8");
  return parseDemographics(text, path);
}

/**
 * Checks the text of a demographics file.
 * @throws AppError USAGE with a sentence that names key, value and what is allowed.
 */
export function parseDemographics(text: string, path: string): Demographics {
  const pairs = Object.entries(objectIn(text, path));
  if (pairs.length > PAIRS_MAX) throw usage(`${path} has ${pairs.length} keys: at most ${PAIRS_MAX} are allowed`);
  const properties = new Map<string, string>();
  const warnings: string[] = [];
  for (const [key, value] of pairs) {
    checkKey(key, path);
    const known = KNOWN.get(key.replace(/:1$/, ""));
    properties.set(key, known ? knownText(known, key, value, path) : unknownText(key, value, path));
    if (!known)
      warnings.push(`${path}: "${key}" is no demographic that the service is known to use; it is sent as text`);
  }
  return { properties: Object.fromEntries(properties), warnings };
}

function knownText({ allowed, take }: Known, key: string, value: unknown, path: string): string {
  const text = isScalar(value) ? take(value) : undefined;
  if (text !== undefined) return text;
  throw usage(`${path}: "${key}" is ${shown(value)}, but must be ${allowed}; leave the key out when it is not known`);
}

function unknownText(key: string, value: unknown, path: string): string {
  if (isScalar(value) && Buffer.byteLength(String(value)) <= VALUE_BYTES_MAX) return String(value);
  throw usage(
    `${path}: "${key}" is ${shown(value)}, but must be a text of at most ${VALUE_BYTES_MAX} bytes or a number`,
  );
}

function checkKey(key: string, path: string): void {
  const bytes = Buffer.byteLength(key);
  if (bytes < 1 || bytes > KEY_BYTES_MAX) {
    throw usage(`${path}: the key ${shown(key)} must have 1 to ${KEY_BYTES_MAX} bytes`);
  }
  if (RESERVED.has(key)) throw usage(`${path}: the key "${key}" is used by the engine itself: choose another name`);
}

function objectIn(text: string, path: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw usage(`${path} must hold one JSON object such as {"gender": "female", "age": 40, "height": 170, "weight": 65}`);
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

/** One of the words, whatever its case; a number counts as its digits. */
function word(...words: readonly string[]): Rule {
  return (value) => words.find((each) => each === String(value).trim().toLowerCase());
}

/** A number or its text. */
function between(low: number, high: number, unit: string): Known {
  return {
    allowed: `a number from ${low} to ${high} (${unit})`,
    take: (value) => {
      if (typeof value === "boolean" || String(value).trim() === "") return undefined;
      const number = Number(value);
      return number >= low && number <= high ? String(number) : undefined;
    },
  };
}

function flag(value: string | number | boolean): string | undefined {
  if (typeof value === "boolean") return value ? "1" : "0";
  return word("0", "1")(value);
}

/** The value as it stands in the file, shortened. */
function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

function usage(message: string): AppError {
  return new AppError("USAGE", message);
}
