/** How the preview can be drawn: 5-bit truecolor, the 256-colour palette, or characters of growing weight. */
export type PictureMode = "truecolor" | "palette" | "ascii";

/** What the terminal can show, as far as the environment tells (the only source that is free of waiting). */
export interface Capability {
  readonly color: boolean;
  /** Line drawing, half blocks and braille. */
  readonly unicode: boolean;
  readonly picture: PictureMode;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads NO_COLOR, COLORTERM, TERM, TMUX and the locale. */
export function capabilityOf(env: Environment): Capability {
  const color = !env["NO_COLOR"] && env["TERM"] !== "dumb";
  const unicode = isUtf8(env) && env["TERM"] !== "dumb";
  return { color, unicode, picture: color && unicode ? pictureMode(env) : "ascii" };
}

function pictureMode(env: Environment): PictureMode {
  const term = env["TERM"] ?? "";
  if (term.endsWith("-direct")) return "truecolor";
  // tmux and screen inherit COLORTERM from outside and then convert truecolor to 256 colours themselves.
  const multiplexed = env["TMUX"] !== undefined || /^(tmux|screen)/.test(term);
  if (!multiplexed && /^(truecolor|24bit)$/.test(env["COLORTERM"] ?? "")) return "truecolor";
  return /^(linux|vt\d+|ansi|cons25)/.test(term) ? "ascii" : "palette";
}

/** The first locale variable that is set decides, as in POSIX; none at all is taken for a bare container. */
function isUtf8(env: Environment): boolean {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"];
  if (!locale) return !/^(linux|vt\d+)/.test(env["TERM"] ?? "");
  return /utf-?8/i.test(locale);
}
