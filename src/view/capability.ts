import { type ColorChoice, type DisplaySettings, PLAIN_DISPLAY, type PreviewChoice } from "../domain/display.js";
import { type Environment, isDumb } from "../domain/terminal.js";
import type { CellQuestion, CellSize } from "./cell-size.js";

/** How many colours there are. */
type Colors = "none" | "16" | "256" | "truecolor";

/** Colours of the preview: 5 bits a channel, the 256-colour palette, its 24 greys, or the first 16. */
export type PictureColors = "truecolor" | "palette" | "greys" | "ansi";

/** How the preview is drawn: characters of growing weight, blocks of one by two or two by three pixels, or real pixels. */
export type PictureMode =
  | { readonly draw: "off" | "ascii" }
  | { readonly draw: "half" | "sextant"; readonly colors: PictureColors }
  | { readonly draw: PixelProtocol };

export type PixelProtocol = "iterm" | "kitty" | "sixel";

/** What the terminal can show. */
export interface Capability {
  readonly colors: Colors;
  /** There are any. */
  readonly color: boolean;
  /** Line drawing, half blocks and braille. */
  readonly unicode: boolean;
  readonly picture: PictureMode;
  /** Undefined when the terminal did not say. */
  readonly cell?: CellSize | undefined;
  /** What to ask when that may have changed. */
  readonly cellQuestion?: CellQuestion | undefined;
  /** Colours that it holds for sixels; undefined when it did not say. */
  readonly registers?: number | undefined;
  /** How long the terminal takes to answer; undefined when it does not. */
  readonly distanceMs?: number | undefined;
  /** Why the picture is not drawn as it was asked for. */
  readonly hint?: string | undefined;
}

/** What the terminal itself said when it was asked; see terminal-probe.ts. */
export interface TerminalAnswers {
  readonly truecolor?: boolean | undefined;
  readonly unicode?: boolean | undefined;
  readonly cell?: CellSize | undefined;
  /** What to ask when that may have changed. */
  readonly cellQuestion?: CellQuestion | undefined;
  readonly registers?: number | undefined;
  readonly distanceMs?: number | undefined;
  /** Name and version. */
  readonly name?: string | undefined;
  readonly kitty?: boolean | undefined;
  readonly sixel?: boolean | undefined;
}

type Choice = Pick<DisplaySettings, "color" | "preview" | "lowBandwidth">;

/** What a terminal may be asked, because the answer decides something and the question does not stay on its screen. */
export interface Askable {
  /** Whether it knows a colour, by setting it. */
  readonly colors: boolean;
  /** Whether it knows UTF-8, by a character of it. */
  readonly unicode: boolean;
  /** Questions in the form of strings (DCS, APC). */
  readonly strings: boolean;
}

/** Nothing is asked of a dumb terminal: undefined. */
export function askableOf(env: Environment, choice: Choice): Askable | undefined {
  if (isDumb(env)) return undefined;
  const { color, unicode } = capabilityOf(env, choice);
  // GNU screen shows what is in a DCS; it and tmux take an APC for a title.
  return { colors: color, unicode, strings: !isMultiplexed(env) && !isConsole(env) };
}

/** Joins what was asked for, the environment (NO_COLOR, FORCE_COLOR, COLORTERM, TERM, TMUX, locale) and the terminal's answers. */
export function capabilityOf(
  env: Environment,
  choice: Choice = PLAIN_DISPLAY,
  answers: TerminalAnswers = {},
): Capability {
  const unicode = !isDumb(env) && !isConsole(env) && (answers.unicode ?? true) && isUtf8(env);
  const colors = colorsOf(env, choice.color, answers);
  const { cell, cellQuestion, registers, distanceMs } = answers;
  return {
    colors,
    color: colors !== "none",
    unicode,
    cell,
    cellQuestion,
    registers,
    distanceMs,
    ...pictureOf(env, choice, answers, colors, unicode),
  };
}

function colorsOf(env: Environment, choice: ColorChoice, answers: TerminalAnswers): Colors {
  if (choice === "never") return "none";
  if (choice === "16" || choice === "256" || choice === "truecolor") return choice;
  const found = colorsOfTerminal(env, answers);
  const atLeastSome = found === "none" ? "16" : found;
  if (choice === "always") return atLeastSome;
  if (env["NO_COLOR"]) return "none";
  const forced = env["FORCE_COLOR"];
  if (forced === undefined) return env["CLICOLOR_FORCE"] && env["CLICOLOR_FORCE"] !== "0" ? atLeastSome : found;
  if (forced === "0" || forced === "false") return "none";
  return forced === "3" ? "truecolor" : forced === "2" ? "256" : atLeastSome;
}

function colorsOfTerminal(env: Environment, { truecolor }: TerminalAnswers): Colors {
  const term = env["TERM"] ?? "";
  if (isDumb(env)) return "none";
  if (term.endsWith("-direct") || truecolor === true) return "truecolor";
  // tmux and screen inherit COLORTERM from outside and then convert truecolor to 256 colours themselves.
  if (!isMultiplexed(env) && /^(truecolor|24bit)$/.test(env["COLORTERM"] ?? "")) return "truecolor";
  if (/^vt\d/.test(term)) return "none";
  return /^(linux|ansi|cons25|$)/.test(term) || term.endsWith("-16color") ? "16" : "256";
}

/** Linux's own console, whose fonts have no braille, and terminals older than UTF-8. */
function isConsole(env: Environment): boolean {
  return /^(linux|vt\d)/.test(env["TERM"] ?? "");
}

/** Inside tmux or screen, which pass on what they know themselves and nothing else. */
function isMultiplexed(env: Environment): boolean {
  return env["TMUX"] !== undefined || env["STY"] !== undefined || /^(tmux|screen)/.test(env["TERM"] ?? "");
}

type Picture = Pick<Capability, "picture" | "hint">;

function pictureOf(
  env: Environment,
  choice: Choice,
  answers: TerminalAnswers,
  colors: Colors,
  unicode: boolean,
): Picture {
  const { preview, lowBandwidth } = choice;
  if (preview === "off" || preview === "ascii") return { picture: { draw: preview } };
  if (isProtocol(preview)) {
    const reason = isMultiplexed(env)
      ? "does not work inside tmux or screen"
      : preview !== "iterm" && answers[preview] === false
        ? "is not known to this terminal"
        : preview === "sixel" && answers.cell === undefined
          ? "needs a terminal that tells the size of its characters"
          : undefined;
    if (reason === undefined) return { picture: { draw: preview } };
    const instead = pictureOf(env, { ...choice, preview: "auto" }, answers, colors, unicode);
    const drawn = instead.picture.draw === "half" ? "blocks" : "characters";
    return { ...instead, hint: `--preview=${preview} ${reason}: ${drawn} are drawn instead` };
  }
  if (colors === "none" || !unicode) {
    const why = unicode ? "colours" : "UTF-8";
    const hint = preview === "auto" ? undefined : `--preview=${preview} needs ${why}: characters are drawn instead`;
    return { picture: { draw: "ascii" }, hint };
  }
  // In 16 colours a face is a mask: characters show more, unless blocks are asked for.
  if (preview === "auto" && colors === "16") return { picture: { draw: "ascii" } };
  return { picture: { draw: preview === "sextant" ? "sextant" : "half", colors: pictureColors(colors, lowBandwidth) } };
}

function isProtocol(preview: PreviewChoice): preview is PixelProtocol {
  return preview === "iterm" || preview === "kitty" || preview === "sixel";
}

function pictureColors(colors: Exclude<Colors, "none">, lowBandwidth: boolean): PictureColors {
  if (colors === "16") return "ansi";
  if (lowBandwidth) return "greys";
  return colors === "256" ? "palette" : "truecolor";
}

/** The first locale variable that is set decides, as in POSIX; none at all is taken for a bare container. */
function isUtf8(env: Environment): boolean {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"];
  return !locale || /utf-?8/i.test(locale);
}
