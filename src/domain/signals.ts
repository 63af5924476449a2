/** The signals that ask a program to end, and that it puts the terminal back for. */
export const ENDING_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

export type EndingSignal = (typeof ENDING_SIGNALS)[number];
