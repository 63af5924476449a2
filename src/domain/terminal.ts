export type Environment = Readonly<Record<string, string | undefined>>;

/** The terminal moves no cursor and knows no escape sequence, or nobody says what it is. */
export function isDumb(env: Environment): boolean {
  const { TERM: term } = env;
  return !term || term === "dumb";
}
