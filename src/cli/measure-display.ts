import { type Command, Option } from "commander";

import {
  COLOR_CHOICES,
  type ColorChoice,
  type DisplaySettings,
  HANGUP_CHOICES,
  type HangupChoice,
  PREVIEW_CHOICES,
  type PreviewChoice,
} from "../domain/display.js";
import { isForScreenReader } from "./output-mode.js";

/** The options of `measure` and `resume` that say how it is shown. */
export interface DisplayOptions {
  readonly color?: ColorChoice;
  readonly preview?: PreviewChoice;
  readonly lowBandwidth?: boolean;
  readonly mouse?: boolean;
  readonly bell?: boolean;
  readonly notify?: boolean;
  readonly onHangup?: HangupChoice;
  readonly screenReader?: boolean;
}

/** The options that say how a measurement is shown, for every command that shows one. */
export function addDisplayOptions(command: Command): Command {
  return command
    .optionsGroup("Display:")
    .addOption(
      new Option("--color <how>", "colours of the dashboard; auto reads NO_COLOR, FORCE_COLOR and the terminal")
        .choices(COLOR_CHOICES)
        .default("auto"),
    )
    .addOption(new Option("--preview <how>", "how the picture is drawn").choices(PREVIEW_CHOICES).default("auto"))
    .option("--low-bandwidth", "few bytes: greys, a small picture twice a second")
    .option("--no-mouse", "leave the mouse to the terminal, for marking text")
    .option("--bell", "ring when the measurement is over")
    .option("--notify", "a message of the desktop when it is over (OSC 9)")
    .addOption(
      new Option("--on-hangup <what>", "when the terminal goes away: end and keep what there is, or go on without it")
        .choices(HANGUP_CHOICES)
        .default("stop"),
    );
}

export function displaySettings(options: DisplayOptions, env: NodeJS.ProcessEnv): DisplaySettings {
  return {
    color: options.color ?? "auto",
    preview: options.preview ?? "auto",
    lowBandwidth: options.lowBandwidth ?? false,
    mouse: options.mouse ?? true,
    bell: options.bell ?? false,
    notify: options.notify ?? false,
    onHangup: options.onHangup ?? "stop",
    screenReader: isForScreenReader(options, env),
  };
}
