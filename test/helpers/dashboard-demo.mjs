// A dashboard over a measurement that is made up as it goes: `dashboard-demo.mjs [still|moving] [loop]`.
// With "loop" the longest pause of the event loop is printed at the end, and how long it was delayed in 99 of 100 cases.
process.env.NODE_ENV = "production";
const { monitorEventLoopDelay } = await import("node:perf_hooks");
const { openDashboard } = await import("../../dist/view/dashboard.js");
const { capabilityOf } = await import("../../dist/view/capability.js");
const { ProcessJobs } = await import("../../dist/view/job-control.js");
const { PLAIN_DISPLAY } = await import("../../dist/domain/display.js");
const { initialMeasurement } = await import("../../dist/results/measurement.js");
const { MeasurementStore } = await import("../../dist/results/store.js");

const isMoving = process.argv.includes("moving");
const store = new MeasurementStore(initialMeasurement("local", "REST", 5));
let request;
let pictureNumber = 0;
let positionS = 0;
const timers = [];

const dashboard = openDashboard({
  stdin: process.stdin,
  stdout: process.stdout,
  store,
  capability: capabilityOf(process.env, PLAIN_DISPLAY),
  display: PLAIN_DISPLAY,
  jobs: new ProcessJobs(),
  title: `demo ${process.pid}`,
  nowMs: () => performance.now(),
  actions: {
    start,
    cancel: () => end({ kind: "cancelled" }),
    quit: () => leave(130),
    hangUp: () => leave(129),
    snapshot: () => undefined,
    report: () => undefined,
    resume: () => undefined,
    requestPreview: (next) => {
      request = next;
    },
  },
});

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) {
  process.on(signal, () => {
    dashboard.restoreSync();
    process.exit(signal === "SIGTERM" ? 143 : 129);
  });
}

const delays = monitorEventLoopDelay({ resolution: 5 });
if (process.argv.includes("loop")) delays.enable();
let longestMs = 0;
let lastMs = performance.now();
timers.push(
  setInterval(() => {
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - lastMs - 10);
    lastMs = nowMs;
  }, 10),
);

store.dispatch({
  type: "opened",
  source: {
    kind: "camera",
    label: "Camera 0",
    format: { widthPx: 1280, heightPx: 720, fullRange: false, bt709: true },
    rateHz: 30,
    durationS: undefined,
    rotationDeg: 0,
  },
  plannedS: 60,
  plannedChunks: 12,
});
store.dispatch({ type: "phase", phase: { kind: "ready" } });
await dashboard.dismissed;
await leave(0);

function start() {
  store.dispatch({ type: "phase", phase: { kind: "measuring" } });
  timers.push(setInterval(progress, 250));
  if (isMoving) timers.push(setInterval(picture, 100));
}

function progress() {
  positionS += 0.25;
  store.dispatch({ type: "skin", samples: skin(positionS) });
  if (positionS % 5 === 0) answer(positionS / 5 - 1);
  const frames = Math.round(positionS * 30);
  store.dispatch({
    type: "progress",
    progress: {
      framesRead: frames,
      framesTracked: frames,
      framesDropped: 0,
      positionS,
      rateHz: 30,
      sourceRateHz: 30,
      speed: 1,
      face: "tracked",
      presence: 0.99,
      advice: [],
      violated: null,
    },
  });
}

/** A quarter of a second of a pulse of 72 a minute, at 30 frames a second, with noise. */
function skin(endS) {
  const timesS = [0, 1, 2, 3, 4, 5, 6].map((i) => endS - 0.25 + i / 30);
  return { timesS, greens: timesS.map((atS) => 140 - Math.sin(7.54 * atS) - 0.3 * Math.sin(97 * atS)) };
}

/** A chunk of five seconds from its last picture to its result. */
function answer(number) {
  const atMs = (number + 1) * 5_000;
  const span = { startS: number * 5, endS: number * 5 + 5 };
  store.dispatch({ type: "extracted", atMs, capturedAtMs: atMs - 3, number, ...span });
  store.dispatch({ type: "sent", atMs: atMs + 1, number });
  store.dispatch({ type: "acknowledged", atMs: atMs + 4, number, roundTripMs: 3 });
  const values = Array.from({ length: (number + 1) * 150 }, (_, i) => 72 + Math.sin(i / 40));
  const channels = [
    { id: "HR_BPM", values, notes: [] },
    { id: "HR_BPM_CONFIDENCE", values: [0.9], notes: [] },
    { id: "SNR", values: [6 + number / 10], notes: [] },
    { id: "PULSE_WAVE", values: values.map((_, i) => Math.sin(i / 4)), notes: [] },
  ];
  const result = { measurementId: "demo", chunkNumber: number, errorCode: "OK", channels, raw: new Uint8Array() };
  store.dispatch({ type: "result", atMs: atMs + 40, result });
}

/** Noise everywhere in every picture: the worst that can come. */
function picture() {
  if (!request) return;
  pictureNumber += 1;
  const rgb = new Uint8Array(request.widthPx * request.heightPx * 3);
  for (let byte = 0; byte < rgb.length; byte += 1) rgb[byte] = (byte * 7919 + pictureNumber * 104_729) % 251;
  dashboard.showPreview({ widthPx: request.widthPx, heightPx: request.heightPx, rgb });
}

function end(phase) {
  store.dispatch({ type: "phase", phase });
}

async function leave(status) {
  for (const timer of timers) clearInterval(timer);
  await dashboard.close();
  if (process.argv.includes("loop")) {
    const p99Ms = Math.max(0, delays.percentile(99) / 1e6 - 5);
    process.stdout.write(
      `longest pause ${Math.round(longestMs)} ms, delay ${Math.round(p99Ms)} ms, ${performance.getEntriesByType("measure").length} records\n`,
    );
  }
  process.stdout.write("summary\n");
  process.exitCode = status;
}
