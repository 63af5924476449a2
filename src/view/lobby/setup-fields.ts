import type { SetupChoice, SetupData, SetupField, SetupOption } from "../../domain/setup.js";

/** One line of the form: what can be chosen, what can be typed, and what is wrong with it. */
export interface FieldSpec {
  readonly label: string;
  /** One sentence about the field, below the form. */
  readonly hint: string;
  /** What is typed there, as one or two words; undefined where nothing can be typed. */
  readonly typed?: string;
  readonly options: (data: SetupData, choice: SetupChoice) => readonly SetupOption[];
  /** What is wrong, in one sentence; undefined when nothing is. */
  readonly problem?: (value: string) => string | undefined;
}

const NONE: SetupOption = { value: "", label: "-" };

function words(...pairs: readonly (readonly [value: string, label: string])[]): readonly SetupOption[] {
  return pairs.map(([value, label]) => ({ value, label }));
}

function within(low: number, high: number, what: string): (value: string) => string | undefined {
  return (value) => {
    const number = Number(value);
    const isRight = value === "" || (Number.isFinite(number) && number >= low && number <= high);
    return isRight ? undefined : `${what} must be a number from ${low} to ${high}.`;
  };
}

// The ranges of people are those of the service (src/app/demographics.ts).
export const FIELDS: Readonly<Record<SetupField, FieldSpec>> = {
  source: {
    label: "Source",
    hint: "What is measured: a camera, a video file or an address.",
    typed: "a path or an address",
    options: (data) => data.sources,
    problem: (value) => (value === "" ? "Choose a source first." : undefined),
  },
  server: {
    label: "Server",
    hint: "Finds the pulse. The local one needs no account: all stays on this computer.",
    options: (data) => data.servers,
  },
  study: {
    label: "Study",
    hint: "What is looked for. The local server knows its own; others need the ID of one.",
    typed: "a study file or an ID",
    options: (data, { server }) => data.studies[server] ?? [NONE],
  },
  sex: {
    label: "Sex",
    hint: "Some signals need to know the person; the heart rate does not.",
    options: () => [NONE, ...words(["female", "female"], ["male", "male"])],
  },
  age: {
    label: "Age",
    hint: "Of the person, in years.",
    typed: "years",
    options: () => [NONE],
    problem: within(13, 120, "The age"),
  },
  height: {
    label: "Height",
    hint: "Of the person, in cm.",
    typed: "cm",
    options: () => [NONE],
    problem: within(120, 220, "The height"),
  },
  weight: {
    label: "Weight",
    hint: "Of the person, in kg.",
    typed: "kg",
    options: () => [NONE],
    problem: within(30, 300, "The weight"),
  },
  length: {
    label: "Length",
    hint: "How much is measured. Thirty seconds and more give more signals.",
    typed: "seconds",
    options: () => words(["", "a minute, cameras half a minute"], ["30", "30 s"], ["60", "60 s"], ["120", "120 s"]),
    problem: within(1, 1200, "The length"),
  },
  chunk: {
    label: "Chunks",
    hint: "The server answers after each chunk: short ones show something sooner.",
    options: () => words(["5", "5 s"], ["10", "10 s"], ["15", "15 s"], ["30", "30 s"]),
  },
  pace: {
    label: "Pace",
    hint: "Of files: as they were taken, to watch; or as fast as it goes.",
    options: () => words(["live", "real time"], ["fast", "as fast as it goes"]),
  },
};

/** How a value is shown: by the name of its option, or as it was typed. */
export function shownValue(field: SetupField, data: SetupData, choice: SetupChoice): string {
  const value = choice[field];
  const option = FIELDS[field].options(data, choice).find((one) => one.value === value);
  if (option) return option.label;
  return value === "" ? "-" : value;
}
