import { type ChildProcess, spawn } from "node:child_process";

/** What an ffmpeg needs from our environment. Tokens and passwords that may be in it stay here. */
const PASSED_ON = ["PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"];

/** The environment of every child: an allow-list of ours, and no colours in its messages. */
export function childEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const passed: NodeJS.ProcessEnv = { AV_LOG_FORCE_NOCOLOR: "1" };
  for (const name of PASSED_ON) {
    if (env[name] !== undefined) passed[name] = env[name];
  }
  return passed;
}

/**
 * A child in a session of its own does not get the terminal's signals. Ctrl-C and a hang-up go to everyone in the
 * foreground: ffmpeg would be gone before we heard of it, and a cancelled measurement would look like a broken video.
 */
export const OWN_SESSION = { detached: true } as const;

/** How a child ended. Exactly one of the three is set. */
export interface ChildEnd {
  readonly exitCode: number | undefined;
  readonly killedBy: NodeJS.Signals | undefined;
  /** It could not be started at all. */
  readonly startError: NodeJS.ErrnoException | undefined;
}

/** Settles when the child is gone and reaped; never rejects. */
export function endOf(child: ChildProcess): Promise<ChildEnd> {
  return new Promise((resolve) => {
    // Not once: a kill that fails is told in the same way, and nobody else listens.
    child.on("error", (startError: NodeJS.ErrnoException) =>
      resolve({ exitCode: undefined, killedBy: undefined, startError }),
    );
    child.once("exit", (code, signal) =>
      resolve({ exitCode: code ?? undefined, killedBy: signal ?? undefined, startError: undefined }),
    );
  });
}

/**
 * The first and the last part of a text, with bounded memory: a decoder may complain about every frame of
 * an hour, but only its header and its last words are read.
 */
export class BoundedText {
  readonly #headMax: number;
  readonly #tailMax: number;
  #head = "";
  #tail = "";

  constructor(headMax = 32_768, tailMax = 8_192) {
    this.#headMax = headMax;
    this.#tailMax = tailMax;
  }

  add(text: string): void {
    const room = this.#headMax - this.#head.length;
    this.#head += text.slice(0, Math.max(0, room));
    if (text.length > room) this.#tail = (this.#tail + text.slice(Math.max(0, room))).slice(-this.#tailMax);
  }

  get text(): string {
    return this.#tail === "" ? this.#head : `${this.#head}\n${this.#tail}`;
  }
}

export interface RunResult {
  readonly end: ChildEnd;
  readonly stderr: string;
  /** It was killed because its time was up. */
  readonly timedOut: boolean;
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** The child is killed after this time. */
  readonly timeoutMs?: number | undefined;
  /** Called with each piece of standard output. */
  readonly onOutput?: ((text: string) => void) | undefined;
}

/** Runs a program to its end, without a shell, with nothing on its standard input. Never rejects. */
export async function runChild(path: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const env = childEnvironment(process.env);
  const child = spawn(path, args, { ...OWN_SESSION, stdio: ["ignore", "pipe", "pipe"], env });
  const kill = (): void => {
    child.kill("SIGKILL");
    // What a wrapper script has started survives it, and would hold its outputs open for ever.
    child.stdout.destroy();
    child.stderr.destroy();
  };
  let timedOut = false;
  const expire = (): void => {
    timedOut = true;
    kill();
  };
  const timer = options.timeoutMs === undefined ? undefined : setTimeout(expire, options.timeoutMs);
  options.signal?.addEventListener("abort", kill, { once: true });
  if (options.signal?.aborted === true) kill();
  const stderr = new BoundedText();
  child.stderr.setEncoding("utf8").on("data", (text: string) => stderr.add(text));
  child.stdout.setEncoding("utf8").on("data", (text: string) => options.onOutput?.(text));
  // "close" comes after both outputs have ended; "exit" alone may come before the last bytes.
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const end = await endOf(child);
  if (end.startError === undefined) await closed;
  clearTimeout(timer);
  options.signal?.removeEventListener("abort", kill);
  return { end, stderr: stderr.text, timedOut };
}
