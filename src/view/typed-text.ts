// Control characters are no text, and of the private ones one marks the place of the preview (frame-sink.ts).
const NO_TEXT = /[\p{Cc}\p{Co}\p{Cs}]+/gu;
/** Keys that stand for themselves; the others have names. */
const ONE_CHARACTER = /^[^\p{Cc}\p{Co}\p{Cs}]$/u;

/** True for a key that is a character of a text. */
export function isCharacter(key: string): boolean {
  return ONE_CHARACTER.test(key);
}

/** What may be typed of a text that was pasted: on one line, at most so many characters. */
export function pastedText(text: string, lengthMax: number): string {
  return Array.from(text.replace(NO_TEXT, "")).slice(0, Math.max(0, lengthMax)).join("");
}
