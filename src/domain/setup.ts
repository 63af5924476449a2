// What an operator chooses before a measurement, and what there is to choose from.

export const SETUP_FIELDS = [
  "source",
  "server",
  "study",
  "sex",
  "age",
  "height",
  "weight",
  "length",
  "chunk",
  "pace",
] as const;

export type SetupField = (typeof SETUP_FIELDS)[number];

/** Text of each field as it is typed or chosen; empty is "not said". */
export type SetupChoice = Readonly<Record<SetupField, string>>;

export interface SetupOption {
  readonly value: string;
  readonly label: string;
}

/** A past measurement, as the list shows it. */
export interface PastMeasurement {
  /** Name of its folder; begins with the time. */
  readonly name: string;
  readonly folder: string;
  readonly source: string;
  readonly state: "completed" | "cancelled" | "failed" | "unfinished" | "running" | "damaged";
  readonly heartRateBpm: number | undefined;
  /** Its report as plain lines. */
  readonly lines: readonly string[];
}

export interface SetupData {
  readonly sources: readonly SetupOption[];
  readonly servers: readonly SetupOption[];
  /** Studies that are known, by server. */
  readonly studies: Readonly<Record<string, readonly SetupOption[]>>;
  /** The newest measurements, and how many there are in all. */
  readonly history: readonly PastMeasurement[];
  readonly pastCount: number;
  /** What was chosen last. */
  readonly choice: SetupChoice;
}
