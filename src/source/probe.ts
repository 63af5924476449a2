import { basename } from "node:path";
import { AppError } from "../domain/errors.js";
import type { VideoFormat } from "../domain/video.js";
import { runChild } from "./child-process.js";
import type { FfmpegBinary } from "./ffmpeg-binary.js";
import { hasAnyStream, parseHeader, type StreamHeader } from "./header.js";
import { fileArguments } from "./input-arguments.js";
import { checkFile } from "./input-check.js";
import { type Packet, PacketList } from "./packet-list.js";

export interface ProbeOptions {
  /** Only this much of the file is looked at, so that an hour of video costs no more than what is measured. */
  readonly maxS: number;
  readonly signal?: AbortSignal | undefined;
}

/** What is known of a video file before it is decoded. */
export interface VideoProbe {
  /** ffmpeg's arguments for this file, up to its `-i`. */
  readonly inputArguments: readonly string[];
  /** After rotation. */
  readonly format: VideoFormat;
  readonly rotationDeg: 0 | 90 | 180 | 270;
  readonly pixelFormat: string;
  /** Mean rate of the frames that were listed. */
  readonly rateHz: number;
  /** From the listed frames; from the header when the listing stopped at maxS. */
  readonly durationS: number;
  /** True when the listing reached the end of the file. */
  readonly isComplete: boolean;
  /** Presentation times from the first frame, ascending. */
  readonly timesS: Float64Array;
  /** Times of the key frames among them: compression pulses there, which looks like a heart. */
  readonly keyTimesS: readonly number[];
  readonly variableRate: boolean;
}

/**
 * Looks into a video file with one run of ffmpeg that decodes nothing: it prints the header and lists the
 * packets with their times.
 * @throws AppError SOURCE_MISSING, SOURCE_UNREADABLE, FFMPEG_MISSING, CANCELLED
 */
export async function probeFile(ffmpeg: FfmpegBinary, path: string, options: ProbeOptions): Promise<VideoProbe> {
  const name = basename(path);
  const { isMov, isCutAvi, isCutMov } = await checkFile(path);
  const inputArguments = fileArguments(path, isMov);
  const listing = new Listing();
  const packets = new PacketList((packet) => listing.add(packet));
  const { end, stderr, timedOut } = await runChild(ffmpeg.path, probeArguments(inputArguments, options.maxS), {
    signal: options.signal,
    timeoutMs: PROBE_TIMEOUT_MS,
    onOutput: (text) => packets.add(text),
  });
  if (options.signal?.aborted === true) throw new AppError("CANCELLED", "The measurement was cancelled.");
  if (end.startError !== undefined) {
    const message = `${ffmpeg.path} could not be started: choose another ffmpeg with --ffmpeg.`;
    throw new AppError("FFMPEG_MISSING", message, { cause: end.startError });
  }
  if (timedOut) {
    const message = `${ffmpeg.path} could not read ${name} within ${PROBE_TIMEOUT_MS / 1000} s: copy it to a local disk, or choose another ffmpeg with --ffmpeg.`;
    throw new AppError("SOURCE_UNREADABLE", message);
  }
  const header = parseHeader(stderr);
  if (header === undefined) throw unreadable(name, stderr, isCutMov);
  if (isPicture(header, listing)) {
    throw new AppError("SOURCE_UNREADABLE", `${name} is a single picture: a measurement needs a video.`);
  }
  if (listing.times.length === 1) {
    const message = `${name} holds a single picture: a measurement needs a video of some seconds.`;
    throw new AppError("SOURCE_UNREADABLE", message);
  }
  if (listing.times.length === 0) {
    throw new AppError("SOURCE_UNREADABLE", `${name} holds no pictures: record or copy it again.`);
  }
  const probe = describe(inputArguments, header, listing, options.maxS);
  refuseCutOff(name, probe, listing, { isCutAvi, stderr, promisedS: header.durationS });
  return probe;
}

/** A probe reads at most some minutes of video from a disk; a network disk may hang. */
const PROBE_TIMEOUT_MS = 60_000;

/** Sound is listed too: where it outlasts the pictures, their early end is no damage. */
function probeArguments(inputArguments: readonly string[], maxS: number): string[] {
  return [
    ["-nostdin", "-hide_banner", "-nostats", ...inputArguments],
    ["-map", "0:V:0", "-map", "0:a?", "-c", "copy", "-t", String(maxS), "-f", "framecrc", "pipe:1"],
  ].flat();
}

/** What the packet lines add up to. The picture stream is mapped first, so it is number 0. */
class Listing {
  readonly times: number[] = [];
  readonly keyTimes: number[] = [];
  endsCorrupt = false;
  /** Of the last packet of any stream. */
  endS = 0;
  lastDurationS = 0;
  /** Of the last picture: one that comes later is not shown earlier than this. */
  decodedS = Number.NaN;

  add(packet: Packet): void {
    if (packet.isCorrupt) this.endsCorrupt = true;
    if (Number.isNaN(packet.timeS) || packet.isDiscarded) return;
    this.endS = Math.max(this.endS, packet.timeS + packet.durationS);
    if (packet.stream !== 0) return;
    this.times.push(packet.timeS);
    this.lastDurationS = packet.durationS;
    this.decodedS = packet.decodedS;
    if (packet.isKey) this.keyTimes.push(packet.timeS);
  }
}

function describe(inputArguments: readonly string[], header: StreamHeader, listing: Listing, maxS: number): VideoProbe {
  const timesS = Float64Array.from(listing.times).sort();
  const firstS = timesS[0] ?? 0;
  for (let i = 0; i < timesS.length; i += 1) timesS[i] = (timesS[i] ?? 0) - firstS;
  const spanS = timesS[timesS.length - 1] ?? 0;
  const intervals = intervalsOf(timesS);
  const meanS = spanS / intervals.length;
  const listedS = spanS + (listing.lastDurationS > 0 ? listing.lastDurationS : meanS);
  // The listing stops at the first packet at or after maxS, so it ends within an interval of it.
  const isComplete = listing.endS < maxS - 2 * Math.max(meanS, intervals[intervals.length - 1] ?? 0);
  const sureS = isComplete ? timesS : gaplessPart(timesS, listing.decodedS - firstS);
  const turned = header.rotationDeg === 90 || header.rotationDeg === 270;
  return {
    inputArguments,
    format: {
      widthPx: turned ? header.codedHeightPx : header.codedWidthPx,
      heightPx: turned ? header.codedWidthPx : header.codedHeightPx,
      fullRange: header.fullRange,
      bt709: header.bt709,
    },
    rotationDeg: header.rotationDeg,
    pixelFormat: header.pixelFormat,
    rateHz: rateOf(sureS) ?? header.rateHz ?? 0,
    durationS: isComplete ? listedS : Math.max(listedS, header.durationS ?? 0),
    isComplete,
    timesS,
    keyTimesS: listing.keyTimes.map((timeS) => timeS - firstS).sort((a, b) => a - b),
    variableRate: isVariable(intervalsOf(sureS)),
  };
}

/** Mean rate; undefined of less than two frames. */
function rateOf(timesS: Float64Array): number | undefined {
  const spanS = (timesS.at(-1) ?? 0) - (timesS[0] ?? 0);
  return spanS > 0 ? (timesS.length - 1) / spanS : undefined;
}

/**
 * The times up to which every frame is listed. Frames that are predicted from both sides come behind the later one: a
 * listing that stops between them lacks some before its last times.
 */
function gaplessPart(timesS: Float64Array, decodedS: number): Float64Array {
  const part = timesS.filter((timeS) => timeS <= decodedS);
  return part.length > 1 ? part : timesS;
}

/** Distances of neighbours, ascending. */
function intervalsOf(timesS: Float64Array): Float64Array {
  const intervals = new Float64Array(Math.max(0, timesS.length - 1));
  for (let i = 0; i < intervals.length; i += 1) intervals[i] = (timesS[i + 1] ?? 0) - (timesS[i] ?? 0);
  return intervals.sort();
}

/**
 * Variable: more than one interval in a hundred is off the median by a tenth and by more than what rounding
 * to milliseconds does (Matroska stores 33, 33, 34).
 */
function isVariable(intervals: Float64Array): boolean {
  const median = intervals[intervals.length >> 1] ?? 0;
  const allowance = Math.max(0.1 * median, 0.00101);
  let off = 0;
  for (const interval of intervals) if (Math.abs(interval - median) > allowance) off += 1;
  return off > intervals.length / 100;
}

/** Stills are containers of their own for ffmpeg: "image2", "png_pipe"; in others one frame is a still. */
function isPicture(header: StreamHeader, listing: Listing): boolean {
  return /^image2|_pipe$/.test(header.container) || (header.container === "gif" && listing.times.length === 1);
}

function unreadable(name: string, stderr: string, isCutMov: boolean): AppError {
  if (hasAnyStream(stderr)) {
    return new AppError("SOURCE_UNREADABLE", `${name} has no pictures in it, only sound: give a video of a face.`);
  }
  // Text and random bytes with the ending .mp4 also lack the index, but only by their name.
  const isTaken = !stderr.includes("detected only with low score");
  const isMissing = stderr.includes("moov atom not found");
  if (isTaken && (isMissing || isCutMov)) {
    const what = isMissing ? "its index is missing" : "its index is incomplete";
    const message = `${name} is cut off (${what}): the recording was not finished or not copied whole.`;
    return new AppError("SOURCE_UNREADABLE", message);
  }
  return new AppError("SOURCE_UNREADABLE", `${name} is not a video that ffmpeg can read: convert or record it again.`);
}

interface Evidence {
  readonly isCutAvi: boolean;
  readonly stderr: string;
  readonly promisedS: number | undefined;
}

/**
 * Refuses a file whose data end before its header says. A header alone is no proof (writers get it wrong by
 * a little), so small gaps count only together with a damaged last packet or ffmpeg's own complaint.
 * @throws AppError SOURCE_UNREADABLE
 */
function refuseCutOff(name: string, probe: VideoProbe, listing: Listing, evidence: Evidence): void {
  if (!probe.isComplete) return;
  const complains = /partial file|File ended prematurely|Read error|corrupt input packet/i.test(evidence.stderr);
  const missingS = (evidence.promisedS ?? 0) - listing.endS;
  const promisedS = evidence.promisedS ?? 0;
  const isCut = missingS > (listing.endsCorrupt || complains ? 0.25 : Math.max(1, 0.1 * promisedS));
  if (!isCut && !evidence.isCutAvi) return;
  const promise = isCut ? ` of ${promisedS.toFixed(1)} s` : "";
  throw new AppError(
    "SOURCE_UNREADABLE",
    `${name} is cut off after ${listing.endS.toFixed(1)} s${promise}: the recording was not finished or not copied whole.`,
  );
}
