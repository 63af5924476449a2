import type { StudyRecord } from "../app/account-desk.js";
import { writeWhole } from "../app/measurement-folder.js";
import { AppError } from "../domain/errors.js";
import type { AccountOptions } from "./account-options.js";
import {
  atDesk,
  atRecords,
  checkedId,
  identityOf,
  type PageOptions,
  printPage,
  printRecord,
  type RecordOptions,
  tell,
} from "./account-run.js";
import { type Column, isoTime, utcTime } from "./records.js";

const COLUMNS: readonly Column<StudyRecord>[] = [
  { name: "ID", title: "ID", value: ({ ID }) => ID },
  { name: "Name", title: "Name", value: ({ Name }) => Name, flexible: true },
  { name: "Description", value: ({ Description }) => Description },
  { name: "StatusID", title: "Status", value: ({ StatusID }) => StatusID },
  { name: "Measurements", title: "Measured", value: ({ Measurements }) => Measurements, right: true },
  { name: "Participants", value: ({ Participants }) => Participants },
  { name: "Created", value: ({ Created }) => isoTime(Created), shown: ({ Created }) => utcTime(Created) },
  { name: "Updated", value: ({ Updated }) => isoTime(Updated), shown: ({ Updated }) => utcTime(Updated) },
];

export interface StudyListOptions extends RecordOptions, PageOptions {
  readonly name?: string;
  readonly status?: string;
}

export interface StudyDownloadOptions extends AccountOptions {
  readonly sdkId?: string;
  readonly output?: string;
}

export async function listStudies(options: StudyListOptions): Promise<number> {
  const { name, status, limit, offset } = options;
  return await atRecords(options, async (desk) => {
    desk.requireV2("list studies");
    const client = await desk.client();
    printPage(options, COLUMNS, await client.studies({ name, status }, { limit, offset }), "No studies.");
  });
}

export async function getStudy(id: string | undefined, options: RecordOptions): Promise<number> {
  return await atRecords(options, async (desk) => {
    desk.requireV2("show a study");
    const study = await chosen(id, desk);
    printRecord(options, COLUMNS, await (await desk.client()).study(study));
  });
}

/** Remembers a study, after a look whether the server has it. */
export async function selectStudy(id: string, options: AccountOptions): Promise<number> {
  const study = checkedId(id, "study");
  return await atDesk(options, identityOf(options, process.env), async (desk) => {
    const isChecked = desk.server.api === "v2";
    const name = isChecked ? ((await (await desk.client()).study(study)).Name ?? undefined) : undefined;
    await desk.selectStudy(study, name);
    const shown = name === undefined || name === "" ? study : `${study} (${name})`;
    const unchecked = isChecked ? "" : " Version 1 cannot tell whether it is there.";
    tell(`Selected study ${shown} at ${desk.server.address.name}.${unchecked}`);
  });
}

export async function downloadStudy(id: string | undefined, options: StudyDownloadOptions): Promise<number> {
  return await atDesk(options, identityOf(options, process.env), async (desk) => {
    desk.requireV2("download a study's configuration");
    const study = await chosen(id, desk);
    const client = await desk.client();
    const { path, bytes, md5, isNew } = await desk.studyConfig(client, study, options.sdkId ?? "");
    if (options.output !== undefined) await writeWhole(options.output, bytes);
    tell(`${isNew ? "Downloaded" : "Up to date"}: ${options.output ?? path} (${bytes.length} bytes, MD5 ${md5})`);
    tell(
      isOurStudy(bytes)
        ? `It is a study of dfxterm's engine: dfxterm measure '${options.output ?? path}' <source>`
        : "It is for the licensed DFX SDK; dfxterm's own engine measures without it and cannot read it.",
    );
  });
}

/** Our own server gives studies of our own engine (docs/study.md); what the vendor's look like is not known. */
function isOurStudy(bytes: Uint8Array): boolean {
  try {
    const study: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return typeof study === "object" && study !== null && "format" in study && study.format === "dfxterm-study";
  } catch {
    return false;
  }
}

async function chosen(
  id: string | undefined,
  desk: { selectedStudy(): Promise<{ readonly id: string } | undefined> },
): Promise<string> {
  const study = id === undefined ? (await desk.selectedStudy())?.id : checkedId(id, "study");
  if (study !== undefined) return study;
  throw new AppError("USAGE", 'no study is selected: give its ID, or select one with "dfxterm studies select <id>"');
}
