/**
 * Why something failed, for branching. The message beside it is one sentence for people: what is wrong
 * and what to do. `cli/exit-codes.ts` maps every code to an exit status.
 */
export type ErrorCode =
  | "USAGE" // a bad argument, option or configuration file
  | "SOURCE_MISSING" // the video, camera or stream is not there
  | "SOURCE_UNREADABLE" // it is there but is no video, or is cut off
  | "SOURCE_LOST" // it ended or failed in the middle
  | "FFMPEG_MISSING" // no usable ffmpeg program
  | "ENGINE" // the native engine failed or is not built
  | "STUDY" // the study file cannot be used
  | "NO_FACE" // no face in the whole measurement
  | "NO_SIGNAL" // nothing usable was extracted (for example a video that is too short)
  | "AUTH" // licence, user or token refused
  | "NETWORK" // server not reachable, timed out, connection lost
  | "SERVER" // the server failed, is busy or is none of ours; trying later may help
  | "REFUSED" // the server refused what was asked of it; trying again does not help
  | "WIRE" // bytes from the network that cannot be read
  | "PORT_IN_USE"
  | "FILE" // a file that cannot be read, or a place that was chosen wrongly
  | "DISK" // what is measured cannot be written: full, read-only, not permitted
  | "CANCELLED"
  | "INTERNAL";

/** The one error type that crosses folders. Its message is shown to people as it is, without a stack. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A failure as it crosses a thread boundary. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
}

const TOO_FEW_FILES = "this program may open too few files here: allow it 256 (ulimit -n 256)";
const NO_HOME = "this user has no home folder: set HOME to a folder that it may write to";

/** What is known of anything that was thrown: its own code and sentence, or INTERNAL with the first line. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof AppError) return { code: thrown.code, message: thrown.message };
  if (thrown instanceof Error && "code" in thrown && thrown.code === "EMFILE") {
    return { code: "INTERNAL", message: TOO_FEW_FILES };
  }
  if (thrown instanceof Error && "syscall" in thrown && thrown.syscall === "uv_os_homedir") {
    return { code: "USAGE", message: NO_HOME };
  }
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: "INTERNAL", message: text.split("\n", 1)[0] ?? text };
}

/** The error inside a `catch`, as an AppError. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const { code, message } = failureOf(thrown);
  return new AppError(code, message, { cause: thrown });
}
