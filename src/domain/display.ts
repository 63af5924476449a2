// How a measurement is shown; the same words as on the command line.

/** "auto": as NO_COLOR, FORCE_COLOR and the terminal say. */
export const COLOR_CHOICES = ["auto", "always", "never", "16", "256", "truecolor"] as const;
export type ColorChoice = (typeof COLOR_CHOICES)[number];

/** "auto": half blocks in the colours that there are. Pictures in pixels only when asked for: not every terminal says the truth. */
export const PREVIEW_CHOICES = ["auto", "off", "ascii", "half", "sextant", "iterm", "kitty", "sixel"] as const;
export type PreviewChoice = (typeof PREVIEW_CHOICES)[number];

/** When the terminal goes away: end and keep what there is, or go on without a screen. */
export const HANGUP_CHOICES = ["stop", "continue"] as const;
export type HangupChoice = (typeof HANGUP_CHOICES)[number];

export interface DisplaySettings {
  readonly color: ColorChoice;
  readonly preview: PreviewChoice;
  /** Few bytes: 24 greys, a small picture twice a second, no seconds that tick. */
  readonly lowBandwidth: boolean;
  readonly mouse: boolean;
  /** Ring when the measurement is over. */
  readonly bell: boolean;
  /** Ask the terminal for a desktop message (OSC 9) when the measurement is over. */
  readonly notify: boolean;
  readonly onHangup: HangupChoice;
  /** What is written is read aloud. */
  readonly screenReader: boolean;
}

export const PLAIN_DISPLAY: DisplaySettings = {
  color: "auto",
  preview: "auto",
  lowBandwidth: false,
  mouse: true,
  bell: false,
  notify: false,
  onHangup: "stop",
  screenReader: false,
};
