import type { Counters, JournalLine } from "./lines.js";

// What is known of a measurement, folded from its journal alone. Lines only add: folding one twice, or one of an
// earlier process late, changes nothing, so no order of crashes can take back what was once true.

type LineOf<Type extends JournalLine["type"]> = Extract<JournalLine, { type: Type }>;

export type StoredChunk = LineOf<"chunk">;
type StoredResult = LineOf<"result">;

export interface JournalState {
  /** The newest process that worked on it. */
  readonly run: number;
  readonly opened: LineOf<"opened"> | undefined;
  /** By number. */
  readonly chunks: ReadonlyMap<number, StoredChunk>;
  /**
   * The server's IDs, in the order in which they came; the last one counts. There is a second one when the server
   * closed the first before its end, or had forgotten it before anything was sent.
   */
  readonly measurementIds: readonly string[];
  /** By measurement: number of the first chunk that may have been sent to it. */
  readonly firstSent: ReadonlyMap<string, number>;
  /** Measurements that the server does not know any more, or takes no more of. */
  readonly gone: ReadonlySet<string>;
  /** Chunks are acknowledged in order: what is said of chunk n holds for all before it, also when their lines are lost. */
  readonly acknowledgedCount: number;
  /** By index. */
  readonly results: ReadonlyMap<number, StoredResult>;
  /** Newest of a live source; undefined for files. */
  readonly timing: LineOf<"timing"> | undefined;
  readonly notes: readonly LineOf<"note">[];
  readonly extracted: LineOf<"extracted"> | undefined;
  /** How the newest process ended; undefined: it did not say. */
  readonly ended: LineOf<"ended"> | undefined;
}

export const EMPTY_JOURNAL: JournalState = {
  run: 0,
  opened: undefined,
  chunks: new Map(),
  measurementIds: [],
  firstSent: new Map(),
  gone: new Set(),
  acknowledgedCount: 0,
  results: new Map(),
  timing: undefined,
  notes: [],
  extracted: undefined,
  ended: undefined,
};

export function foldJournal(lines: Iterable<JournalLine>): JournalState {
  let state = EMPTY_JOURNAL;
  for (const line of lines) state = foldLine(state, line);
  return state;
}

function foldLine(before: JournalState, line: JournalLine): JournalState {
  const state = line.run > before.run ? { ...before, run: line.run, ended: undefined } : before;
  switch (line.type) {
    case "resumed":
      return state;
    case "opened":
      return state.opened ? state : { ...state, opened: line };
    case "chunk":
      return replaces(line, state.chunks.get(line.number))
        ? { ...state, chunks: new Map(state.chunks).set(line.number, line) }
        : state;
    case "timing":
      return line.run < (state.timing?.run ?? 0) ? state : { ...state, timing: line };
    case "note":
      return state.notes.some(({ text }) => text === line.text) ? state : { ...state, notes: [...state.notes, line] };
    case "extracted":
      return state.extracted ? state : { ...state, extracted: line };
    case "ended":
      return line.run === state.run && !state.ended ? { ...state, ended: line } : state;
    case "created":
      return named(state, line.measurementId);
    case "sent":
      return withSent(named(state, line.measurementId), line);
    case "acknowledged":
      return {
        ...withSent(named(state, line.measurementId), line),
        acknowledgedCount: Math.max(state.acknowledgedCount, line.number + 1),
      };
    case "gone":
      return { ...named(state, line.measurementId), gone: new Set(state.gone).add(line.measurementId) };
    case "result":
      return state.results.has(line.index)
        ? state
        : { ...named(state, line.measurementId), results: new Map(state.results).set(line.index, line) };
  }
}

/** Every line that names the measurement speaks for the one that told of its creation. */
function named(state: JournalState, measurementId: string): JournalState {
  if (state.measurementIds.includes(measurementId)) return state;
  return { ...state, measurementIds: [...state.measurementIds, measurementId] };
}

/** A whole chunk takes the place of a rest, and one that was made again that of the one whose files were lost. */
function replaces(line: StoredChunk, known: StoredChunk | undefined): boolean {
  if (!known) return true;
  if (known.rest !== line.rest) return known.rest;
  return line.run > known.run;
}

function withSent(state: JournalState, { measurementId, number }: LineOf<"sent" | "acknowledged">): JournalState {
  const first = Math.min(number, state.firstSent.get(measurementId) ?? number);
  return { ...state, firstSent: new Map(state.firstSent).set(measurementId, first) };
}

/** The measurement on the server that counts. */
export function measurementIdOf(state: JournalState): string | undefined {
  return state.measurementIds.at(-1);
}

/** True when the server does not know the measurement any more, or takes no more of it. */
export function isGone(state: JournalState): boolean {
  const id = measurementIdOf(state);
  return id !== undefined && state.gone.has(id);
}

/** The newest counters that are known. */
export function countersOf(state: JournalState): Counters | undefined {
  if (state.extracted) return state.extracted.counters;
  const newest = Math.max(...state.chunks.keys());
  return state.chunks.get(newest)?.counters;
}

/** What a process that goes on with the measurement has to do. */
export interface Remaining {
  /** These are never sent again. */
  readonly acknowledgedCount: number;
  /** On disk and not known to be acknowledged, in the order in which they go out. */
  readonly toSend: readonly StoredChunk[];
  /** Beginning of the chunk after those, on disk until the whole of it is extracted again. */
  readonly rest?: StoredChunk | undefined;
  /** Chunks before this number need not be extracted again. */
  readonly storedCount: number;
  /** Whether the source has to be read (again). */
  readonly needsSource: boolean;
}

/**
 * @param canGoOn whether the source can be read again from its beginning (a file). Then a rest is not worth keeping:
 * the whole chunk will come. Otherwise what is there is all there will ever be.
 * @param isIntact whether the chunk's files are what the journal says.
 */
export function remainingOf(
  state: JournalState,
  canGoOn: boolean,
  isIntact: (chunk: StoredChunk) => boolean = () => true,
): Remaining {
  const first = state.acknowledgedCount;
  const toSend: StoredChunk[] = [];
  for (let number = first; ; number += 1) {
    const chunk = state.chunks.get(number);
    if (!chunk || (canGoOn && chunk.rest) || !isIntact(chunk)) break;
    toSend.push(chunk);
  }
  const storedCount = first + toSend.length;
  const isWhole = state.extracted !== undefined && storedCount >= state.extracted.chunkCount;
  const next = state.chunks.get(storedCount);
  const rest = next?.rest === true && isIntact(next) ? next : undefined;
  return { acknowledgedCount: first, toSend, rest, storedCount, needsSource: canGoOn && !isWhole };
}

export function isComplete(state: JournalState): boolean {
  return state.ended?.status === "completed";
}
