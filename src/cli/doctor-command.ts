import { isatty } from "node:tty";

import { type DoctorQuestion, examine } from "../app/doctor/doctor.js";
import { doctorLines } from "../app/doctor/doctor-text.js";
import { askedTerminal, showsColors } from "../app/doctor/terminal-check.js";
import { defaultApi } from "../app/settings.js";
import { type AccountOptions, serverWish } from "./account-options.js";
import { configDir } from "./config-dir.js";
import { exitCodeOfError } from "./exit-codes.js";
import { serverChoice } from "./measure-settings.js";
import { patiently } from "./patience.js";
import { defaultStateDir } from "./state-dir.js";

/** The options of `doctor` as commander gives them. */
export interface DoctorOptions extends AccountOptions {
  readonly ffmpeg?: string;
  readonly stateDir?: string;
  readonly json?: boolean;
}

/** Runs `dfxterm doctor`. Its exit status is 0, or that with which a measurement would end for what is broken. */
export async function doctorCommand(options: DoctorOptions): Promise<number> {
  const { env, stdin, stdout } = process;
  const columns = stdout.isTTY ? stdout.columns : undefined;
  // Nothing of an account is sent, so that a plain connection gives nothing away.
  const wish = { ...serverWish(options, env), plainAllowed: true };
  const server = serverChoice(wish, false);
  const question: DoctorQuestion = {
    env,
    ffmpegPath: options.ffmpeg,
    stateDir: options.stateDir ?? defaultStateDir(env, process.platform),
    configDir: configDir(options, env),
    server,
    api: wish.api ?? defaultApi(server),
    terminal: {
      stdinIsTty: isatty(0),
      stdoutIsTty: isatty(1),
      columns,
      rows: stdout.isTTY ? stdout.rows : undefined,
      ask: async () => askedTerminal({ stdin, stdout, env, nowMs: () => performance.now() }),
    },
    nowMs: Date.now,
  };
  const checks = await patiently("looking at this computer and at the server", async () => await examine(question));
  const bad = checks.find(({ code }) => code !== null);
  if (options.json) {
    stdout.write(`${JSON.stringify({ v: 1, type: "doctor", ok: bad === undefined, checks })}\n`);
  } else {
    const color = stdout.isTTY && showsColors(env);
    stdout.write(`${doctorLines(checks, Math.min(columns ?? 100, 100), color).join("\n")}\n`);
  }
  return bad?.code ? exitCodeOfError(bad.code) : 0;
}
