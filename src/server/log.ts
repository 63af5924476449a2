type LogLevel = "info" | "warning" | "error";

/** One line of the server's log. Never holds a token, a password, a licence key or an e-mail address. */
export interface LogEntry {
  readonly atMs: number;
  readonly level: LogLevel;
  readonly text: string;
}

export type Log = (level: LogLevel, text: string) => void;
