import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { StillRequest } from "../../src/app/still-request.js";
import type { PreviewPicture } from "../../src/domain/preview.js";
import type { ExtractionOutcome } from "../../src/worker/host.js";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const done: ExtractionOutcome = { kind: "done", cancelled: false, tick: undefined, faces: undefined };

function pictureOf(grey: number): PreviewPicture {
  return { widthPx: 1, heightPx: 1, rgb: new Uint8Array([grey, grey, grey]) };
}

/** A measuring thread that answers so late, or not at all. */
function busyThread(stills: StillRequest, picture: PreviewPicture, afterMs: number) {
  return {
    outcome: new Promise<ExtractionOutcome>(() => undefined),
    requestStill: () => void setTimeout(() => stills.arrived(picture), afterMs),
  };
}

test("the first picture is waited for as long as a busy machine needs", async () => {
  const stills = new StillRequest();
  const first = pictureOf(1);
  const asked = stills.next(busyThread(stills, first, 3_000));
  await vi.advanceTimersByTimeAsync(3_000);
  expect(await asked).toBe(first);
});

test("where the next picture does not come soon, it is the newest that there was", async () => {
  const stills = new StillRequest();
  const before = pictureOf(1);
  stills.arrived(before);
  const asked = stills.next(busyThread(stills, pictureOf(2), 60_000));
  await vi.advanceTimersByTimeAsync(500);
  expect(await asked).toBe(before);
});

test("nothing is waited for before there is a source and when it has ended", async () => {
  const stills = new StillRequest();
  expect(await stills.next(undefined)).toBeUndefined();
  const ended = { outcome: Promise.resolve(done), requestStill: () => undefined };
  expect(await stills.next(ended)).toBeUndefined();
});
