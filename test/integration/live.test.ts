import { afterAll, expect, test } from "vitest";
import type { Extraction, ExtractionEvent } from "../../src/worker/host.js";
import type { ExtractionSettings } from "../../src/worker/protocol.js";
import { clip, jsonLines, run, summaryOf } from "../helpers/program.js";
import { type Publisher, publishedClip, rtspPublisher } from "../helpers/publishers.js";

// A clip of 20 s is published as cameras do it, and measured from there. `npm run test:live` does it in every way that
// there is, and for longer.

const HOST: string = new URL("../../dist/worker/host.js", import.meta.url).href;
const { startExtraction } = (await import(HOST)) as {
  startExtraction: (settings: ExtractionSettings, onEvent: (event: ExtractionEvent) => void) => Extraction;
};

const asH264 = await publishedClip("H.264");

const open: Publisher[] = [];
afterAll(() => Promise.all(open.map((publisher) => publisher.close())));

async function opened(publisher: Promise<Publisher>): Promise<Publisher> {
  open.push(await publisher);
  return publisher;
}

// Where the whole machine stands still for more than a second, frames are dropped, and rightly so.
test("a clip that comes live gives the heart rate of the file, without a drop", { retry: 2 }, async () => {
  const measure = ["--json", "--chunklength", "5", "--videolength"];
  const { address } = await opened(rtspPublisher(asH264));
  // A feed is watched for a second or two before it counts.
  const [live, asFile] = await Promise.all([
    run(["measure", address, ...measure, "10"]).then(summaryOf),
    run(["measure", clip, ...measure, "12"]).then(summaryOf),
  ]);
  expect(live).toMatchObject({
    status: "completed",
    error: null,
    frames: { dropped: 0 },
    capture: { clock: "container", jitterMs: expect.any(Number) },
  });
  const difference = (live.metrics["HR_BPM"]?.mean ?? 0) - (asFile.metrics["HR_BPM"]?.mean ?? 0);
  expect(Math.abs(difference)).toBeLessThanOrEqual(2);
});

test("with --auto-start a measurement begins when all was good for two seconds", async () => {
  const short = ["--live", "--auto-start", "--videolength", "2", "--chunklength", "5", "--json"];
  const { stdout, status } = await run(["measure", clip, ...short]);
  expect(status).toBe(0);
  const lines = jsonLines(stdout);
  const phases = lines.flatMap((line) =>
    line["type"] === "phase" && line["phase"] !== "connecting" ? line["phase"] : [],
  );
  expect(phases).toEqual(["ready", "measuring", "finishing", "completed"]);
  // Counted from the start, though the clip was already playing.
  expect(lines.find((line) => line["step"] === "extracted")).toMatchObject({ number: 0, startS: 0 });
});

const settings: ExtractionSettings = {
  source: "",
  resolution: undefined,
  ffmpegPath: undefined,
  live: false,
  wait: false,
  videoLengthS: 10,
  chunkLengthS: 3,
  study: undefined,
  faceDetect: "smart",
  faceFile: undefined,
  recordFacesAt: undefined,
  properties: {},
};

test("a source that is away for a moment leaves a mark; one that stays away fails, and all of it is kept", async () => {
  const publisher = await opened(rtspPublisher(asH264));
  const events: ExtractionEvent[] = [];
  /** What the time of the measurement reaches, and what is done then. */
  const steps: [seconds: number, act: () => Promise<void>][] = [
    [0.8, () => publisher.kill().then(() => publisher.restart())],
    [5.2, () => publisher.kill()],
  ];
  const extraction = startExtraction({ ...settings, source: publisher.address }, (event) => {
    events.push(event);
    if (event.kind === "opened") extraction.start();
    if (event.kind === "tick" && event.tick.positionS > (steps[0]?.[0] ?? Number.POSITIVE_INFINITY))
      void steps.shift()?.[1]();
  });
  expect(await extraction.outcome).toMatchObject({
    kind: "failed",
    failure: { code: "SOURCE_LOST", message: expect.stringMatching(/was lost and did not come back within 1 s/) },
  });
  const notes = events.flatMap((event) => (event.kind === "note" ? event.note : []));
  expect(notes[0]).toMatchObject({
    id: "GAP",
    text: expect.stringMatching(/^0\.\d s without a picture at [01]\.\d s$/),
  });
  // The first chunk went its way; what was collected behind it is kept.
  const chunks = events.flatMap((event) => (event.kind === "chunk" || event.kind === "rest" ? event : []));
  expect(chunks.map(({ kind, chunk }) => [kind, chunk.chunkNumber])).toEqual([
    ["chunk", 0],
    ["rest", 1],
  ]);
  expect(events.filter(({ kind }) => kind === "timing").length).toBeGreaterThan(0);
});
