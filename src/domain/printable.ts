/**
 * What is not shown but acts: control characters, which could move a terminal's cursor, set its title or answer for the
 * keyboard; halves of characters; separators of lines; and marks that turn the direction of writing, so that a text reads as
 * another one.
 */
const ACTING = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]+/gu;

/** Text from outside (a server's word, the name of a file) as it may be shown to a person. */
export function printable(text: string): string {
  return text.replaceAll(ACTING, " ");
}
