import type { Report } from "../../src/report/report.js";

/** A text that would do harm in HTML, SVG, CSV and a terminal. */
export const HOSTILE = `=HYPERLINK("http://evil.example","x")</svg></td><img src=http://evil.example/i onerror=alert(1)>&'\u001b[2J\u202Egpj\uD800`;

/** A report with known values; `word` stands in every place that holds text from outside. */
export function madeReport(word = "clip.mp4", change: Partial<Report> = {}): Report {
  const times = Array.from({ length: 300 }, (_, index) => index / 30);
  return {
    summary: {
      v: 1,
      type: "summary",
      status: "failed",
      measurementId: word,
      measurements: [{ id: word, chunks: [0, 1], metrics: {} }],
      source: word,
      durationS: 10,
      frames: { read: 300, tracked: 299, dropped: 1 },
      chunks: { planned: 3, extracted: 2, acknowledged: 2, results: 1 },
      quality: [],
      metrics: {
        [word]: { mean: -1.5, unit: word, confidence: 0.6, notes: [word] },
        SNR: { mean: -2.25, unit: "dB", confidence: null, notes: [] },
        HR_BPM: { mean: 71.55, unit: "bpm", confidence: 0.97, notes: [] },
        HRV_SDNN: { mean: null, unit: "ms", confidence: 0, notes: ["NOTE_TOO_SHORT"] },
      },
      capture: {
        clock: "arrival",
        rateHz: 29.97,
        jitterMs: 4.2,
        longestMs: 90,
        notes: [{ id: "GAP", text: word }],
      },
      error: { code: "NETWORK", message: word },
      paths: { folder: word, chunks: null, results: null, snapshot: null, faces: null },
      timing: { wallS: 12.3 },
      made: {
        startedAt: "2026-11-22T10:21:07.250Z",
        program: "dfxterm 0.1.0",
        engine: word,
        ffmpeg: word,
        system: "node 20.20.2, linux x64",
        video: "640x480, 30.00 frames/s",
        options: { study: word, chunklength: 5, live: true },
      },
    },
    trend: { timesS: times, values: times.map((timeS) => 70 + Math.sin(timeS)) },
    wave: { timesS: times, values: times.map((timeS) => Math.sin(7 * timeS)) },
    chunks: [
      {
        number: 0,
        startS: 0,
        endS: 5,
        quality: {
          number: 0,
          faceShare: 0.996,
          movementMm: 11.8,
          brightness: null,
          rateHz: 30,
          stars: 4,
          worst: "FaceMovement",
        },
        heartRateBpm: 70.123_456,
        confidence: 0.7,
        snrDb: -0.5,
      },
      {
        number: 1,
        startS: undefined,
        endS: undefined,
        quality: undefined,
        heartRateBpm: undefined,
        confidence: undefined,
        snrDb: undefined,
      },
    ],
    still: undefined,
    isRunning: false,
    remarks: [word],
    ...change,
  };
}
