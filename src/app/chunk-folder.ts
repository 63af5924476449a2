import { readdir, readFile, stat } from "node:fs/promises";
import { resolve as absolute, basename, dirname, join } from "node:path";

import { CHUNK_QUEUE_LENGTH, type ChunkPayload } from "../domain/chunk.js";
import { AppError, failureOf } from "../domain/errors.js";
import { longerWith, secondsMax } from "../domain/measurement-terms.js";
import type { SourceInfo } from "../domain/video.js";
import { ChunkProperties, chunkOf } from "../journal/chunk-files.js";
import { reasonOf } from "../journal/disk.js";
import { decodeEnginePayload, FACE_PRESENT } from "../wire/engine-payload.js";
import type { Extraction, ExtractionEvent, ExtractionOutcome } from "../worker/host.js";
import type { Tick } from "../worker/protocol.js";
import type { MeasureSettings } from "./settings.js";

// `--from-chunks`: chunks that were saved before, by us or by one of the published demos, become a new measurement.
//
//   payload0.bin     or payload0000.bin (dfx-demo-py)     needed, numbered from 0 without a hole
//   metadata0.bin                                         {} when absent
//   properties0.json                                      from the payload or from --chunklength when absent

/** A chunk that nobody has judged. */
export interface SavedChunkEvent {
  readonly kind: "saved-chunk";
  readonly chunk: ChunkPayload;
  readonly last: boolean;
}

/** Larger than any chunk: such a file is something else. */
const PAYLOAD_BYTES_MAX = 64 << 20;

type OnEvent = (event: ExtractionEvent | SavedChunkEvent) => void;

/**
 * Looks at the folder and gives what starts it.
 * @throws AppError USAGE or FILE when it is no folder of chunks, or a chunk in the middle is missing.
 */
export async function startSavedChunks(
  settings: MeasureSettings,
): Promise<(recordFacesAt: string | undefined, onEvent: OnEvent) => Extraction> {
  const folder = absolute(settings.source);
  const files = await filesOf(folder);
  const facts: ChunkFacts[] = [];
  for (const [number, file] of files.entries()) {
    facts.push(factsOf(await readSaved(folder, file, number, files.length, settings.chunkLengthS)));
  }
  const plannedS = facts.reduce((sum, { durationS }) => sum + durationS, 0);
  const limitS = secondsMax(settings.api, settings.mode);
  // Chunk lengths come from frame times, so eight chunks of "15 s" may last a little more than 120 s.
  if (plannedS > limitS + 1) {
    throw new AppError(
      "USAGE",
      `the chunks in ${folder} last ${plannedS.toFixed(0)} s, but a ${settings.mode.toLowerCase()} measurement at most ${limitS} s: choose ${longerWith(settings.api, settings.mode)}`,
    );
  }
  const read = (number: number): Promise<ChunkPayload> =>
    readSaved(folder, files[number] ?? "", number, files.length, settings.chunkLengthS);
  // In our own folders they are in "chunks", which says little.
  const label = basename(folder) === "chunks" ? basename(dirname(folder)) : basename(folder);
  return (_, onEvent) => new SavedChunks({ label, facts, plannedS, read, onEvent });
}

/** Digits in the names of the chunks, in the order of their numbers. */
async function filesOf(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw new AppError("FILE", `the folder of chunks ${folder} cannot be read: ${reasonOf(error)}`, { cause: error });
  });
  const digits = names
    .flatMap((name) => /^payload(\d{1,9})\.bin$/.exec(name)?.[1] ?? [])
    .sort((a, b) => Number(a) - Number(b));
  if (digits.length === 0) {
    throw new AppError("USAGE", `${folder} holds no chunks: there is no payload0.bin in it`);
  }
  for (const [number, text] of digits.entries()) {
    if (Number(text) === number) continue;
    const wrong = Number(text) < number ? `chunk ${Number(text)} is there twice` : `payload${number}.bin is missing`;
    throw new AppError("USAGE", `the chunks in ${folder} are no whole measurement: ${wrong}`);
  }
  return digits;
}

/**
 * A chunk that was saved, by whomever.
 * @param digits of its file names.
 * @throws AppError FILE
 */
export async function readSaved(
  folder: string,
  digits: string,
  number: number,
  count: number,
  chunkLengthS: number,
): Promise<ChunkPayload> {
  const path = join(folder, `payload${digits}.bin`);
  const payload = await readPayload(path);
  const metadata = await readFile(join(folder, `metadata${digits}.bin`)).catch(() => Buffer.from("{}"));
  const text = await readFile(join(folder, `properties${digits}.json`), "utf8").catch(() => undefined);
  const properties = text === undefined ? undefined : parseProperties(text);
  if (text !== undefined && !properties) {
    throw new AppError("FILE", `${join(folder, `properties${digits}.json`)} is not what a saved chunk has`);
  }
  const known = properties ?? propertiesOf(payload, number, chunkLengthS);
  return chunkOf({ ...known, chunk_number: number, number_chunks: count }, payload, metadata);
}

async function readPayload(path: string): Promise<Buffer> {
  try {
    const { size } = await stat(path);
    if (size > PAYLOAD_BYTES_MAX) throw new AppError("FILE", `${path} is too large to be a chunk (${size} bytes)`);
    return await readFile(path);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError("FILE", `${path} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

function parseProperties(text: string): ChunkProperties | undefined {
  try {
    return ChunkProperties.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** What a chunk says of itself, or, when its payload is not ours, what its number says. */
function propertiesOf(payload: Uint8Array, number: number, chunkLengthS: number): ChunkProperties {
  const own = ownPayload(payload);
  const startS = own ? Math.round((own.timestampMs[0] ?? 0) / 1000) : number * chunkLengthS;
  const endS = own ? Math.round((own.timestampMs[own.timestampMs.length - 1] ?? 0) / 1000) : startS + chunkLengthS;
  return {
    valid: true,
    start_frame: own?.frameNumber[0] ?? 0,
    end_frame: own?.frameNumber[own.frameNumber.length - 1] ?? 0,
    chunk_number: number,
    number_chunks: number + 1,
    first_chunk_start_time_s: 0,
    start_time_s: startS,
    end_time_s: endS,
    duration_s: endS - startS,
  };
}

/** What the screen and the summary are told of a chunk; its bytes stay on disk until it is sent. */
interface ChunkFacts {
  readonly durationS: number;
  readonly frames: number;
  readonly framesTracked: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

function factsOf({ payload, metadata, durationS, startFrame, endFrame }: ChunkPayload): ChunkFacts {
  const own = ownPayload(payload);
  const frames = own?.timestampMs.length ?? Math.max(0, endFrame - startFrame + 1);
  const framesTracked = own ? Array.from(own.face).filter((bits) => (bits & FACE_PRESENT) !== 0).length : frames;
  return { durationS, frames, framesTracked, ...sizeIn(metadata) };
}

/** Our engine notes the size of the picture; 0 where nobody did. */
function sizeIn(metadata: Uint8Array): { widthPx: number; heightPx: number } {
  try {
    const { extraction } = JSON.parse(Buffer.from(metadata).toString("utf8")) as {
      extraction?: { video?: { widthPx?: unknown; heightPx?: unknown } };
    };
    return { widthPx: Number(extraction?.video?.widthPx ?? 0), heightPx: Number(extraction?.video?.heightPx ?? 0) };
  } catch {
    return { widthPx: 0, heightPx: 0 };
  }
}

function ownPayload(payload: Uint8Array): ReturnType<typeof decodeEnginePayload> | undefined {
  try {
    return decodeEnginePayload(payload);
  } catch {
    return undefined;
  }
}

interface Parts {
  readonly label: string;
  readonly facts: readonly ChunkFacts[];
  readonly plannedS: number;
  readonly read: (number: number) => Promise<ChunkPayload>;
  readonly onEvent: OnEvent;
}

/** Gives out the chunks of a folder as the measuring thread would: in order, a few ahead of the network. */
class SavedChunks implements Extraction {
  readonly outcome: Promise<ExtractionOutcome>;
  readonly #parts: Parts;
  #isCancelled = false;
  #free = CHUNK_QUEUE_LENGTH;
  #tick: Tick = EMPTY_TICK;
  /** Resolves what waits for the start, a free place or the end. */
  #wake: () => void = () => undefined;
  #isStarted = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.outcome = this.#run();
  }

  start(): void {
    this.#isStarted = true;
    this.#wake();
  }

  cancel(): void {
    this.#isCancelled = true;
    this.#wake();
  }

  chunkTaken(): void {
    this.#free += 1;
    this.#wake();
  }

  picturePainted(): void {
    // There are no pictures.
  }

  setPreview(): void {
    // There are no pictures.
  }

  requestStill(): void {
    // There are no pictures.
  }

  async #run(): Promise<ExtractionOutcome> {
    const { facts, read, onEvent } = this.#parts;
    // Whoever made this must have it in hand before the first event comes.
    await Promise.resolve();
    try {
      this.#open();
      await this.#until(() => this.#isStarted);
      for (const [number, fact] of facts.entries()) {
        await this.#until(() => this.#free > 0);
        if (this.#isCancelled) break;
        const chunk = await read(number);
        this.#free -= 1;
        this.#count(fact);
        onEvent({ kind: "tick", tick: this.#tick });
        onEvent({ kind: "saved-chunk", chunk, last: number === facts.length - 1 });
      }
      return { kind: "done", cancelled: this.#isCancelled, tick: this.#tick, faces: undefined };
    } catch (error) {
      return { kind: "failed", failure: failureOf(error), tick: this.#tick, faces: undefined };
    }
  }

  #open(): void {
    const { label, facts, plannedS, onEvent } = this.#parts;
    const [{ widthPx, heightPx } = { widthPx: 0, heightPx: 0 }] = facts;
    const frames = facts.reduce((sum, fact) => sum + fact.frames, 0);
    const rateHz = plannedS > 0 ? frames / plannedS : 0;
    const format = { widthPx, heightPx, fullRange: false, bt709: false };
    const source: SourceInfo = { kind: "file", label, format, rateHz, durationS: plannedS, rotationDeg: 0 };
    onEvent({
      kind: "opened",
      source,
      plannedS,
      plannedChunks: facts.length,
      waits: false,
      engine: "saved chunks",
      ffmpeg: "no ffmpeg",
    });
  }

  #count({ frames, framesTracked, durationS }: ChunkFacts): void {
    const before = this.#tick;
    this.#tick = {
      ...before,
      framesRead: before.framesRead + frames,
      framesTracked: before.framesTracked + framesTracked,
      positionS: before.positionS + durationS,
      hasFace: framesTracked > 0,
    };
  }

  async #until(isTrue: () => boolean): Promise<void> {
    while (!isTrue() && !this.#isCancelled) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

const EMPTY_TICK: Tick = {
  framesRead: 0,
  framesTracked: 0,
  framesDropped: 0,
  positionS: 0,
  rateHz: 0,
  sourceRateHz: 0,
  speed: 0,
  hasFace: false,
  presence: 0,
  advice: [],
  violated: null,
  goodForS: 0,
};
