import type { ApiVersion } from "../../domain/measurement-terms.js";
import type { TerminalAnswers } from "../../view/capability.js";
import type { ServerChoice } from "../settings.js";
import { askTmux } from "../tmux.js";
import { cameraCheck } from "./camera-check.js";
import { type Check, ok } from "./check.js";
import { clockCheck } from "./clock-check.js";
import { engineChecks } from "./engine-check.js";
import { ffmpegCheck } from "./ffmpeg-check.js";
import { configCheck, stateCheck } from "./folder-check.js";
import { serverCheck } from "./server-check.js";
import { type TerminalFacts, terminalCheck } from "./terminal-check.js";

export interface DoctorQuestion {
  readonly env: NodeJS.ProcessEnv;
  /** Value of --ffmpeg. */
  readonly ffmpegPath: string | undefined;
  readonly stateDir: string;
  readonly configDir: string;
  readonly server: ServerChoice;
  /** The version's addresses differ. */
  readonly api: ApiVersion;
  readonly terminal: Pick<TerminalFacts, "stdinIsTty" | "stdoutIsTty" | "columns" | "rows"> & {
    /** Asks it; called only when input and output are one. */
    readonly ask: () => Promise<TerminalAnswers>;
  };
  readonly nowMs: () => number;
}

const TMUX_LIMIT_MS = 2_000;

/**
 * Looks at everything that a measurement needs, and changes nothing. Only the chosen server is contacted.
 * @throws AppError USAGE for a server that is none.
 */
export async function examine(question: DoctorQuestion): Promise<readonly Check[]> {
  const { env, ffmpegPath, stateDir, configDir, server, api, terminal, nowMs } = question;
  const answers = terminal.stdinIsTty && terminal.stdoutIsTty ? await terminal.ask() : {};
  const [ffmpeg, engine, found, state, config, tmux] = await Promise.all([
    ffmpegCheck(ffmpegPath, env),
    engineChecks(env),
    serverCheck(server, api, nowMs),
    stateCheck(stateDir),
    configCheck(configDir),
    askTmux(env, TMUX_LIMIT_MS),
  ]);
  return [
    nodeCheck(),
    ffmpeg.check,
    ...engine,
    await cameraCheck(ffmpeg.binary?.path, process.platform),
    terminalCheck({ ...terminal, env, answers, tmux }),
    found.check,
    state,
    config,
    await clockCheck(nowMs(), found.aheadMs),
  ];
}

function nodeCheck(): Check {
  const { node } = process.versions;
  const details = { version: node, platform: process.platform, arch: process.arch };
  return ok("node", `${node}, ${process.platform} ${process.arch}`, details);
}
