import { planChunks } from "../chunk/plan.js";
import { CHUNK_QUEUE_LENGTH } from "../domain/chunk.js";
import type { Collector, FaceTracker } from "../domain/engine.js";
import { AppError, failureOf } from "../domain/errors.js";
import type { Frame, SourceInfo } from "../domain/video.js";
import { parseConstraintConfig } from "../extraction/constraint-config.js";
import { PreTrackedFaces, parseFaceFile } from "../face/face-file.js";
import { NativeFaceStage } from "../face/native-face-tracker.js";
import { type PaceCounts, pace } from "../frames/pace.js";
import { plannedDurationS } from "../frames/plan.js";
import { systemClock } from "../frames/system-clock.js";
import { loadAddon } from "../native/addon.js";
import { ExtractionEngine, type StudyReader } from "../native/extraction-engine.js";
import { createFaceTracker, createThumbnailer } from "../native/face-engine.js";
import { ConstraintGuard } from "../pipeline/constraint-guard.js";
import { Credits } from "../pipeline/credits.js";
import { measure } from "../pipeline/measure.js";
import { StartGate } from "../pipeline/start-gate.js";
import { resolveFfmpeg } from "../source/ffmpeg-binary.js";
import { openSource } from "../source/open.js";
import type { OpenedSource } from "../source/opened.js";
import { parseSource } from "../source/spec.js";
import { CONSTRAINT_PROFILE } from "./constraint-profile.js";
import { FaceRecording } from "./face-recording.js";
import { LiveWatch } from "./live-watch.js";
import { PreviewSlot } from "./preview-sender.js";
import type { ExtractionSettings, Tick, ToWorker } from "./protocol.js";
import { type Post, Telling } from "./telling.js";
import { TickCounter } from "./tick-counter.js";

/** Runs one measurement's decoding, tracking and extraction; every end is told as `done` or `failed`. */
export async function runExtraction(
  settings: ExtractionSettings,
  post: Post,
  listen: (handler: (message: ToWorker) => void) => void,
): Promise<void> {
  const abort = new AbortController();
  const gate = new StartGate();
  const credits = new Credits(CHUNK_QUEUE_LENGTH);
  const preview = new PreviewSlot();
  const counter = new TickCounter();
  const notice = (text: string): void => post({ kind: "notice", text });
  const { recordFacesAt } = settings;
  const recorder = recordFacesAt === undefined ? undefined : new FaceRecording(recordFacesAt, notice);
  listen((message) => {
    switch (message.kind) {
      case "start":
        gate.open();
        return;
      case "cancel":
        abort.abort(new AppError("CANCELLED", "the measurement was cancelled"));
        gate.open();
        return;
      case "taken":
        credits.give();
        return;
      case "painted":
        preview.isFree = true;
        return;
      case "still":
        preview.wantsStill = true;
        return;
      case "preview":
        preview.request = message.request;
        preview.isFree = true;
    }
  });

  try {
    await extractAll(settings, post, { abort, gate, credits, preview, counter, recorder });
    post({ kind: "done", tick: counter.tick(), cancelled: false, faces: recorder?.end() });
  } catch (error) {
    const faces = recorder?.end();
    if (abort.signal.aborted) post({ kind: "done", tick: counter.tick(), cancelled: true, faces });
    else post({ kind: "failed", failure: failureOf(error), tick: counter.tick(), faces });
  }
}

interface Context {
  readonly abort: AbortController;
  readonly gate: StartGate;
  readonly credits: Credits;
  readonly preview: PreviewSlot;
  readonly counter: TickCounter;
  readonly recorder: FaceRecording | undefined;
}

async function extractAll(settings: ExtractionSettings, post: Post, context: Context): Promise<void> {
  const { abort, gate, credits, counter } = context;
  checkConstraintFile(settings, post);
  const tracker = faceTrackerFor(settings);
  const addon = loadAddon();
  const engine = new ExtractionEngine(addon, await studyReaderFor(settings));
  const factory = engine.createFactory();
  if (settings.study !== undefined) factory.initializeStudy(settings.study);
  const collector = factory.createCollector(tracker.pointNames);

  const ffmpeg = await resolveFfmpeg({ flag: settings.ffmpegPath, env: process.env });
  const { resolution, cameraRateHz: rateHz, pixelFormat, videoLengthS } = settings;
  const maxS = plannedDurationS({ kind: "file", durationS: undefined }, videoLengthS);
  const tell = (text: string): void => post({ kind: "notice", text });
  const isMeasuring = (): boolean => collector.getState() !== "WAITING";
  let returns = 0;
  const onAway = (isAway: boolean): void => {
    if (isAway) counter.pause();
    else returns += 1;
    post({ kind: "away", isAway });
    post({ kind: "tick", tick: counter.tick() });
  };
  const widenPipe = (fd: number, bytes: number): number => addon.widenPipe(fd, bytes);
  const wanted = { ffmpeg, maxS, resolution, rateHz, pixelFormat, tell, isMeasuring, onAway, widenPipe };
  const source = await openSource(parseSource(settings.source), wanted, abort.signal);
  try {
    const { info, notices } = source;
    notices.forEach(tell);
    if (source.exposureHint !== undefined) {
      const text = `hold exposure and white balance of ${info.label} still while measuring: ${source.exposureHint}`;
      post({ kind: "notice", text, level: "info" });
    }
    const plannedS = plannedDurationS(info, videoLengthS);
    const plannedChunks = planChunks(plannedS, settings.chunkLengthS);
    configure(collector, settings, info, plannedChunks);
    const isPlayed = settings.live || info.kind !== "file";
    const waits = settings.wait || info.kind === "camera" || (isPlayed && settings.autoStart === true);
    post({
      kind: "opened",
      source: info,
      plannedS,
      plannedChunks,
      waits,
      engine: `${engine.name} ${engine.version}`,
      ffmpeg: `ffmpeg ${ffmpeg.version} (${ffmpeg.origin})`,
    });
    // What comes in real time cannot wait for the server: its frames would pile up and seem late, or lie in time where
    // they were read.
    if (!waits && !source.isRealTime) await gate.opened;

    const paced: PaceCounts = { droppedCount: 0, lateMsMax: 0 };
    const paceable = framesOf(source, settings.live, paced, abort.signal);
    const mark = (text: string): void => collector.addMarker(text);
    const droppedCount = (): number => paced.droppedCount;
    const watched = { source, post, isCollecting: isMeasuring, droppedCount, returnCount: () => returns, mark };
    const watch = info.kind === "file" ? undefined : new LiveWatch(watched);
    const frames = watch?.over(paceable) ?? paceable;
    const telling = new Telling({
      post,
      collector,
      thumbnail: createThumbnailer(),
      slot: context.preview,
      counter,
      credits,
      showsWave: settings.showsWave === true,
      signal: abort.signal,
      framesDropped: droppedCount,
      onFace: (frameNumber, face) => context.recorder?.add(frameNumber, face, tracker.pointNames),
    });
    const beforeStart = isPlayed ? "watch" : "hold";
    const guard = info.kind === "camera" ? new ConstraintGuard() : undefined;
    try {
      const parts = { frames: telling.arriving(frames), tracker, collector, guard };
      await measure(parts, telling, gate, beforeStart, plannedS * 1000);
      if (!abort.signal.aborted) watch?.ended(plannedS * 1000);
    } finally {
      telling.end();
      watch?.tellTiming();
    }
    abort.signal.throwIfAborted();
    if (!isMeasuring()) throw neverStarted(info, settings.autoStart === true);
    if (telling.chunkCount === 0) throw nothingFound(info, counter.tick());
  } finally {
    await source.close();
  }
}

/** At the pace of the source, where it has one; what comes in portions or can wait is taken as it comes. */
function framesOf(source: OpenedSource, live: boolean, counts: PaceCounts, signal: AbortSignal): AsyncIterable<Frame> {
  const from = source.isRealTime ? "camera" : source.info.kind === "file" && live ? "file" : undefined;
  return from === undefined ? source.frames : pace(source.frames, { clock: systemClock, from, signal }, counts);
}

function faceTrackerFor(settings: ExtractionSettings): FaceTracker {
  if (settings.faceFile) return new PreTrackedFaces(parseFaceFile(settings.faceFile.text, settings.faceFile.name));
  return new NativeFaceStage(createFaceTracker(settings.faceDetect));
}

/** What checks a study takes a fifth of the thread's start to load, and most measurements have none of their own. */
async function studyReaderFor({ study }: ExtractionSettings): Promise<StudyReader | undefined> {
  return study === undefined ? undefined : (await import("../native/study.js")).parseStudy;
}

/** Refuses a bad file before anything is opened. */
function checkConstraintFile({ constraints }: ExtractionSettings, post: Post): void {
  if (!constraints) return;
  const { checkCameraMovement } = parseConstraintConfig(constraints.text, constraints.name);
  if (checkCameraMovement !== true) return;
  const text = "checkCameraMovement has no effect: there is no sensor for the camera's orientation";
  post({ kind: "notice", text });
}

function configure(collector: Collector, settings: ExtractionSettings, info: SourceInfo, plannedChunks: number): void {
  collector.setTargetFps(info.rateHz);
  collector.setChunkDurationSeconds(settings.chunkLengthS);
  collector.setNumberChunks(plannedChunks);
  collector.setConstraintsConfig("json", CONSTRAINT_PROFILE);
  if (settings.constraints) collector.setConstraintsConfig("json", settings.constraints.text);
  for (const [key, value] of Object.entries(settings.properties)) collector.setProperty(key, value);
}

/** A file that is played does not wait for the start. */
function neverStarted({ label }: SourceInfo, startsItself: boolean): AppError {
  const advice = startsItself
    ? "face, light and distance were never good for 2 s"
    : "press s while it plays, or leave out --live";
  return new AppError("NO_SIGNAL", `${label} ended before the measurement was started: ${advice}`);
}

function nothingFound(info: SourceInfo, tick: Tick): AppError {
  if (tick.framesTracked === 0) {
    return new AppError(
      "NO_FACE",
      `no face was found in ${info.label}: the face must be lit, in front of the camera and at least 60 pixels wide`,
    );
  }
  return new AppError(
    "NO_SIGNAL",
    `${info.label} shows a face for too short a time: at least one second is needed, ten or more are better`,
  );
}
