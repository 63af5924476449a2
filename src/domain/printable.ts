/**
 * Text from outside (a server's word, the name of a file) as it may be written to a terminal: without control
 * characters, which could move the cursor, set the title or answer for the keyboard.
 */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, " ");
}
