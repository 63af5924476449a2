import { execFile } from "node:child_process";

/** What tmux knows of the terminal that it is shown on. */
export interface TmuxFacts {
  readonly version: string;
  /** "256,RGB,sync": what it may send on. */
  readonly features: readonly string[];
}

/** Asks tmux, which answers for the terminal outside; undefined when we are not in it. It gets no more of our environment than it needs. */
export async function askTmux(
  { TMUX, PATH, HOME, TMUX_TMPDIR }: NodeJS.ProcessEnv,
  limitMs: number,
): Promise<TmuxFacts | undefined> {
  if (!TMUX) return undefined;
  return await new Promise((resolve) => {
    const args = ["display-message", "-p", "#{version}\t#{client_termfeatures}"];
    const env = { TMUX, PATH, HOME, TMUX_TMPDIR };
    execFile("tmux", args, { timeout: limitMs, env }, (error, stdout) => {
      const [version = "", features = ""] = stdout.trim().split("\t");
      resolve(error ? { version: "that does not answer", features: [] } : { version, features: features.split(",") });
    });
  });
}
