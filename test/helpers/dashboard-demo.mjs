// A dashboard over a measurement that is made up as it goes: `dashboard-demo.mjs [still|moving] [loop]`.
// With "loop" the longest pause of the event loop is printed at the end.
process.env.NODE_ENV = "production";
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
      face: "tracked",
      presence: 0.99,
      advice: [],
      violated: null,
    },
  });
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
  if (process.argv.includes("loop")) process.stdout.write(`longest pause ${Math.round(longestMs)} ms\n`);
  process.stdout.write("summary\n");
  process.exitCode = status;
}
