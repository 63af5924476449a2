type LogLevel = "info" | "warning" | "error";

/** What a program may want to know of an entry, by name. */
type LogFields = Readonly<Record<string, string | number>>;

/** One line of the server's log. Never holds a token, a password, a licence key or an e-mail address. */
export interface LogEntry {
  readonly atMs: number;
  readonly level: LogLevel;
  readonly text: string;
  readonly fields?: LogFields;
}

export type Log = (level: LogLevel, text: string, fields?: LogFields) => void;
