export type Environment = Readonly<Record<string, string | undefined>>;

/** The terminal moves no cursor and knows no escape sequence. One whose kind nobody says is asked what it can. */
export function isDumb(env: Environment): boolean {
  return env["TERM"] === "dumb";
}
