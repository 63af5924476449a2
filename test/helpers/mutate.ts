// Damages files for fuzz tests: the same seed gives the same files everywhere.

/** Chance that can be repeated (mulberry32). */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[this.below(list.length)];
    if (picked === undefined) throw new Error("nothing to pick from");
    return picked;
  }
}

/** Varints and lengths that promise too much: 2^31, 2^32 - 1, 2^63, one without an end. */
const HUGE_VARINTS = [
  [0x80, 0x80, 0x80, 0x80, 0x08],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
  Array.from({ length: 12 }, () => 0xff),
] as const;
const EDGE_BYTES = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff] as const;

type ByteChange = (bytes: number[], at: number, chance: Chance, others: readonly Uint8Array[]) => void;

const BYTE_CHANGES: readonly ByteChange[] = [
  (bytes, at, chance) => bytes.splice(at, 1, (bytes[at] ?? 0) ^ (1 << chance.below(8))),
  (bytes, at, chance) => bytes.splice(at, 1, chance.pick(EDGE_BYTES)),
  (bytes, at) => bytes.splice(at),
  (bytes, at, chance) => bytes.splice(at, 1 + chance.below(16)),
  (bytes, at, chance) => bytes.splice(at, 0, ...bytes.slice(at, at + 1 + chance.below(64))),
  (bytes, at, chance) => bytes.splice(at, chance.below(3), ...chance.pick(HUGE_VARINTS)),
  (bytes, at, chance) =>
    bytes.splice(at, 8, ...doubleBytes(chance.pick([NaN, Infinity, -Infinity, 1e308, -0, 5e-324]))),
  (bytes, at, chance, others) => {
    const other = chance.pick(others);
    bytes.splice(at, bytes.length, ...other.subarray(chance.below(other.length)));
  },
];

/** A copy with one or two changes: bits, lengths, truncation, repetition, parts of the others. */
export function mutateBytes(bytes: Uint8Array, others: readonly Uint8Array[], chance: Chance): Uint8Array {
  const changed = [...bytes];
  for (let change = chance.below(2); change >= 0; change -= 1) {
    chance.pick(BYTE_CHANGES)(changed, chance.below(changed.length + 1), chance, others);
  }
  return Uint8Array.from(changed);
}

function doubleBytes(value: number): Uint8Array {
  return new Uint8Array(Float64Array.of(value).buffer);
}

/** What JSON can hold in a place where something else is expected; written as it stands in the text. */
const ODD_NUMBERS = "0 -0 -1 1e999 -1e999 1e308 4294967296 9007199254740993 0.1 1e-320 NaN 0x10".split(" ");
const ODD_VALUES = [
  "null",
  "true",
  "[]",
  "{}",
  "[[[]]]",
  '""',
  '"9.3"',
  '"NaN"',
  '"1e999"',
  '"\\u0000\\n\\u001b[2J"',
  '"\\ud800"',
  '{"__proto__":{"x":1}}',
  '{"constructor":1,"toString":2}',
  `"${"x".repeat(3000)}"`,
  `[${"0,".repeat(3000)}0]`,
] as const;

type TextChange = (text: string, chance: Chance, others: readonly string[]) => string;

const TEXT_CHANGES: readonly TextChange[] = [
  // Any value, number or name for another.
  (text, chance) =>
    replaceAny(text, /-?\d+(\.\d+)?(e-?\d+)?/g, chance, () => chance.pick(chance.below(2) ? ODD_NUMBERS : ODD_VALUES)),
  (text, chance) => replaceAny(text, /"[^"]*"(?!\s*:)|true|false|null/g, chance, () => chance.pick(ODD_VALUES)),
  (text, chance) =>
    replaceAny(text, /"[^"]*"(?=\s*:)/g, chance, () => chance.pick(['"__proto__"', '"x"', '""', '"id"'])),
  // A field or an element once more, or not at all.
  (text, chance) => replaceAny(text, /"[^"]*"\s*:\s*("[^"]*"|[\w.+-]+),/g, chance, (found) => found + found),
  (text, chance) => replaceAny(text, /"[^"]*"\s*:\s*("[^"]*"|[\w.+-]+),?/g, chance, () => ""),
  (text, chance) =>
    replaceAny(text, /\{[^{}]*\},?|\[[^[\]]*\],?/g, chance, (found) => chance.pick(["", `${found},${found}`])),
  // Deeper than anybody would write.
  (text, chance) => {
    const depth = chance.pick([3, 100, 20_000]);
    return replaceAny(
      text,
      /\{[^{}]*\}|\[[^[\]]*\]|\d+/g,
      chance,
      (found) => "[".repeat(depth) + found + "]".repeat(depth),
    );
  },
  (text, chance) => text.slice(0, chance.below(text.length + 1)),
  (text, chance) => {
    const at = chance.below(text.length);
    return (
      text.slice(0, at) +
      chance.pick(['"', "{", "}", "[", ",", ":", "\\", "\u0000", "\ufeff", "9"]) +
      text.slice(at + 1)
    );
  },
  (text, chance, others) => {
    const other = chance.pick(others);
    return text.slice(0, chance.below(text.length + 1)) + other.slice(chance.below(other.length));
  },
];

/** A copy with one or two changes, most of which leave it JSON: values, names, fields, nesting, parts of the others. */
export function mutateText(text: string, others: readonly string[], chance: Chance): string {
  let changed = text;
  for (let change = chance.below(2); change >= 0; change -= 1) {
    changed = chance.pick(TEXT_CHANGES)(changed, chance, others);
  }
  return changed;
}

function replaceAny(text: string, pattern: RegExp, chance: Chance, replacement: (found: string) => string): string {
  const places = [...text.matchAll(pattern)];
  if (places.length === 0) return text;
  const place = chance.pick(places);
  return text.slice(0, place.index) + replacement(place[0]) + text.slice(place.index + place[0].length);
}
