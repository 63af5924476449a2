import type { MeasurementRecord, MeasurementRow } from "../app/account-desk.js";
import {
  atRecords,
  checkedId,
  outputWidth,
  type PageOptions,
  print,
  printPage,
  type RecordOptions,
} from "./account-run.js";
import { type Column, csvOf, detailsOf, isoTime, jsonOf, tableOf, utcMinute, utcTime } from "./records.js";

const COLUMNS: readonly Column<MeasurementRow>[] = [
  { name: "ID", title: "ID", value: ({ ID }) => ID },
  {
    name: "Created",
    title: "Created (UTC)",
    value: ({ Created }) => isoTime(Created),
    shown: ({ Created }) => utcMinute(Created),
  },
  { name: "StatusID", title: "Status", value: ({ StatusID }) => StatusID },
  { name: "UserProfileName", title: "Profile", value: ({ UserProfileName }) => UserProfileName, flexible: true },
  { name: "UserProfileID", value: ({ UserProfileID }) => UserProfileID },
  { name: "StudyID", value: ({ StudyID }) => StudyID },
  { name: "Mode", value: ({ Mode }) => Mode },
  { name: "Updated", value: ({ Updated }) => isoTime(Updated) },
];

/** Filters of the list, as options. */
export interface MeasurementListOptions extends RecordOptions, PageOptions {
  readonly date?: string;
  readonly endDate?: string;
  readonly study?: string;
  readonly profile?: string;
  readonly profileName?: string;
  readonly status?: string;
  readonly partner?: string;
  readonly mode?: string;
}

export async function listMeasurements(options: MeasurementListOptions): Promise<number> {
  const { date, endDate, study, profile, profileName, status, partner, mode, limit, offset } = options;
  const filter = { date, endDate, studyId: study, profileId: profile, profileName, status, partnerId: partner, mode };
  return await atRecords(options, async (desk) => {
    desk.requireV2("list measurements");
    const client = await desk.client();
    printPage(options, COLUMNS, await client.measurements(filter, { limit, offset }), "No measurements.");
  });
}

export interface MeasurementGetOptions extends RecordOptions {
  readonly expand?: boolean;
}

export async function getMeasurement(id: string, options: MeasurementGetOptions): Promise<number> {
  const measurement = checkedId(id, "measurement");
  return await atRecords(options, async (desk) => {
    const client = await desk.client();
    // Version 1 has one form of the answer only.
    const isExpanded = options.expand === true && desk.server.api === "v2";
    const record = await client.measurement(measurement, isExpanded);
    if (options.json) print(jsonOf(record));
    else if (options.csv) print(csvOf(SIGNAL_COLUMNS, signalsOf(record)));
    else print(measurementText(record, options.expand ?? false));
  });
}

/** One signal of a measurement: the mean of its values, as in every DFX program. */
interface Signal {
  readonly measurement: string;
  readonly id: string;
  readonly name: string | undefined;
  readonly value: number | undefined;
  readonly count: number;
  readonly unit: string | undefined;
  readonly notes: string;
  readonly description: string | undefined;
}

const SIGNAL_COLUMNS: readonly Column<Signal>[] = [
  { name: "MeasurementID", value: ({ measurement }) => measurement },
  { name: "ID", title: "Signal", value: ({ id }) => id },
  { name: "Name", title: "Name", value: ({ name }) => name, flexible: true },
  { name: "Value", title: "Value", value: ({ value }) => value, shown: ({ value }) => valueText(value), right: true },
  { name: "Unit", title: "Unit", value: ({ unit }) => unit },
  { name: "Values", value: ({ count }) => count },
  { name: "Notes", title: "Notes", value: ({ notes }) => notes, flexible: true },
  { name: "Description", value: ({ description }) => description },
];

function signalsOf({ ID, Results, SignalNames, SignalUnits, SignalDescriptions }: MeasurementRecord): Signal[] {
  return Object.entries(Results ?? {}).map(([id, [entry]]) => {
    const { Data = [], Multiplier = 0, Notes } = entry ?? {};
    const mean = Data.reduce((sum, value) => sum + value, 0) / Data.length;
    return {
      measurement: ID,
      id,
      name: SignalNames?.[id] ?? undefined,
      value: Data.length > 0 && Multiplier > 0 ? mean / Multiplier : undefined,
      count: Data.length,
      unit: SignalUnits?.[id] ?? undefined,
      notes: (Notes ?? []).map((note) => note.replace(/^NOTE_/, "")).join(", "),
      description: SignalDescriptions?.[id] ?? undefined,
    };
  });
}

function measurementText(record: MeasurementRecord, isExpanded: boolean): string {
  const width = outputWidth();
  const signals = signalsOf(record);
  const head = detailsOf(
    [
      ["Measurement", record.ID],
      ["Study", record.StudyID],
      ["Status", record.StatusID],
      ["Created", record.Created && utcTime(record.Created)],
      ["Mode", record.Mode],
      ["Resolution", record.Resolution],
      ["Profile", record.UserProfileName ?? record.UserProfileID],
      ["Partner", record.PartnerID],
    ],
    width,
  );
  if (signals.length === 0) return `${head}\nNo results.\n`;
  const hasNames = signals.some(({ name }) => name !== undefined);
  const columns = SIGNAL_COLUMNS.filter(({ name }) => name !== "Name" || hasNames);
  const about = isExpanded
    ? signals.flatMap(({ id, description }): [string, string][] => (description ? [[id, description]] : []))
    : [];
  const descriptions = about.length > 0 ? `\n${detailsOf(about, width)}` : "";
  return `${head}\n${tableOf(columns, signals, width)}${descriptions}\nWellness information, not a diagnosis.\n`;
}

function valueText(value: number | undefined): string {
  return value === undefined ? "-" : value.toFixed(2);
}
