import { expect, test } from "vitest";
import type { ChunkQuality } from "../../src/domain/constraints.js";
import { summarise } from "../../src/results/summary.js";
import { finalLines } from "../../src/view/final-lines.js";
import { themeFor } from "../../src/view/theme.js";
import { keyContext, ViewModel } from "../../src/view/view-model.js";
import { answerChunk, measure, newStore, sendChunk } from "./story.js";

const NOWHERE = { folder: null, chunks: null, results: null, snapshot: null, faces: null };
const theme = themeFor({ color: false, unicode: true });

function quality(stars: ChunkQuality["stars"], worst: ChunkQuality["worst"]): ChunkQuality {
  return { number: 0, faceShare: 1, movementMm: 9, brightness: 180, rateHz: 30, stars, worst };
}

/** The last screen after chunks of such quality. */
function finalText(qualities: readonly ChunkQuality[]): string {
  const store = newStore();
  measure(store, 0);
  for (const [number, one] of qualities.entries()) {
    const span = { startS: number * 5, endS: number * 5 + 5, atMs: number * 5_000 };
    store.dispatch({ type: "extracted", number, quality: one, ...span });
  }
  store.dispatch({ type: "phase", phase: { kind: "completed" } });
  const model = new ViewModel(store, { columns: 100, rows: 30, nowMs: () => 0 });
  const lines = finalLines(model.getSnapshot(), 100, 30, theme).join("\n");
  model.close();
  return lines;
}

test("what was wrong is told of the worst chunk, and not of a good one", () => {
  const good = quality(5, "FaceMovement");
  expect(finalText([good, good])).not.toContain("moved too much");
  expect(finalText([good, quality(4, "FaceMovement")])).toContain("because the face moved too much.");
  expect(finalText([quality(4, "FaceMovement"), quality(1, "ImageDark")])).toContain(
    "The worst chunk lost quality chiefly because the face was too dark.",
  );
});

test("a failure on the smallest screen tells what happened, and that there is more", () => {
  const store = newStore();
  measure(store, 6);
  sendChunk(store, 0);
  answerChunk(store, 0);
  const message =
    "The server 127.0.0.1:19443 stopped answering. Check the address, that the server runs and that nothing between it and this computer keeps them apart.";
  store.dispatch({ type: "phase", phase: { kind: "failed", failure: { code: "NETWORK", message } } });
  const model = new ViewModel(store, { columns: 50, rows: 12, nowMs: () => 0 });
  const lines = finalLines(model.getSnapshot(), 50, 12, theme);
  model.close();
  expect(lines).toHaveLength(10);
  expect(lines.join(" ").replaceAll(/[│ ]+/g, " ")).toContain(message);
  expect(lines[1]).toContain("Heart rate");
  expect(lines[2]).toMatch(/and \d more/);
  expect(lines.at(-3)).toContain("…");
});

test("values of a measurement in two parts are not shown as if they were of the whole", () => {
  const store = newStore();
  measure(store, 6);
  sendChunk(store, 0);
  answerChunk(store, 0);
  const textOf = (): string => {
    const model = new ViewModel(store, { columns: 100, rows: 30, nowMs: () => 0 });
    const lines = finalLines(model.getSnapshot(), 100, 30, theme).join(" ");
    model.close();
    return lines.replaceAll(/[│ ]+/g, " ");
  };
  store.dispatch({ type: "created", measurementId: "one", atMs: 500 });
  const said = "The server made 2 measurements of it; the values are the newest of each, not of the whole.";
  expect(textOf()).not.toContain(said);
  store.dispatch({ type: "created", measurementId: "another", atMs: 7_000 });
  store.dispatch({ type: "phase", phase: { kind: "completed" } });
  expect(textOf()).toContain(said);
});

test("where nothing was measured nothing is called missing", () => {
  const store = newStore();
  const summary = summarise(store.getSnapshot(), { ...NOWHERE, folder: "/state/measurements/2026-11-22-6f2c" }, 1);
  const textOf = (): string => {
    const model = new ViewModel(store, { columns: 100, rows: 30, nowMs: () => 0 });
    model.setSummary({ ...summary, canResume: true });
    // The bar offers what the sentence names.
    const { canRepeat } = keyContext(model.getSnapshot());
    expect(canRepeat).toBe(store.getSnapshot().chunks.length > 0);
    const lines = finalLines(model.getSnapshot(), 100, 30, theme).join(" ");
    model.close();
    return lines.replaceAll(/[│ ]+/g, " ");
  };
  store.dispatch({ type: "phase", phase: { kind: "cancelled" } });
  expect(textOf()).toContain(
    "Nothing was measured. g tries again, n measures something else, q leaves. Later: dfxterm",
  );
  store.dispatch({ type: "phase", phase: { kind: "measuring" } });
  sendChunk(store, 0);
  store.dispatch({ type: "phase", phase: { kind: "cancelled" } });
  expect(textOf()).toContain(
    "g goes on with what is missing, r measures the same once more, n something else, q leaves.",
  );
  expect(textOf()).toContain("What is missing, later: dfxterm resume 2026-11-22-6f2c");
});
