import { expect, test } from "vitest";

import type { FaceObservation } from "../../src/domain/face.js";
import type { PreviewPicture, PreviewRequest } from "../../src/domain/preview.js";
import type { Frame } from "../../src/domain/video.js";
import { cropFor, drawPreview } from "../../src/worker/preview.js";
import { PreviewSender, PreviewSlot } from "../../src/worker/preview-sender.js";
import type { FromWorker } from "../../src/worker/protocol.js";

const format = { widthPx: 640, heightPx: 480, fullRange: false, bt709: false };
const frame: Frame = { data: new Uint8Array(), format, number: 1, timestampMs: 0 };
const face: FaceObservation = {
  id: "1",
  rect: { x: 300, y: 200, w: 80, h: 100 },
  detected: true,
  poseValid: true,
  presence: 1,
  points: new Float32Array(),
};
const request: PreviewRequest = { widthPx: 64, heightPx: 36, rateHzMax: 10, zoom: false, overlay: "regions" };
const blank = (): void => {};
const box = { boxCenterX_pct: 50, boxCenterY_pct: 50, boxWidth_pct: 100, boxHeight_pct: 100 };
const noRegions = { regionPolygons: () => [], getConstraintsConfig: () => JSON.stringify(box) };

test("the crop has the shape of the wanted picture and holds the whole frame", () => {
  const crop = cropFor(frame, face, request);
  expect(crop.w / crop.h).toBeCloseTo(64 / 36);
  expect(crop).toMatchObject({ y: 0, h: 480 });
  expect(crop.x).toBeLessThan(0);
  expect(crop.x + crop.w / 2).toBeCloseTo(320);
});

test("a zoomed crop is centred on the face, with room around it", () => {
  const crop = cropFor(frame, face, { ...request, zoom: true });
  expect(crop.x + crop.w / 2).toBeCloseTo(340);
  expect(crop.y + crop.h / 2).toBeCloseTo(250);
  expect(crop.h).toBeCloseTo(160);
});

test("a zoomed crop stays near the picture wherever a face file puts the face", () => {
  for (const rect of [
    { x: 0, y: 0, w: 1e6, h: 1e6 },
    { x: 1e6, y: 1e6, w: 10, h: 10 },
    { x: 0, y: 0, w: 0, h: 0 },
  ]) {
    const { x, y, w, h } = cropFor(frame, { ...face, rect }, { ...request, zoom: true });
    expect(w / h).toBeCloseTo(64 / 36);
    for (const side of [w, h]) expect(side).toBeLessThanOrEqual(4 * 640);
    for (const side of [w, h]) expect(side).toBeGreaterThan(0);
    for (const place of [x, y]) expect(Math.abs(place)).toBeLessThanOrEqual(4 * 640);
  }
});

test("without a face a zoomed picture shows the whole frame", () => {
  expect(cropFor(frame, undefined, { ...request, zoom: true })).toEqual(cropFor(frame, undefined, request));
});

test("the overlay marks the face and stays inside the picture", () => {
  const outside = { ...face, rect: { x: -100, y: -50, w: 1000, h: 900 } };
  const marked = drawPreview(
    blank,
    frame,
    face,
    { regions: [{ name: "nose", points: new Float32Array([-9e5, 0, 9e5, 9e5, 4, 4]) }] },
    request,
  );
  expect(marked.rgb.some((value) => value !== 0)).toBe(true);
  expect(drawPreview(blank, frame, outside, { regions: [] }, request).rgb).toHaveLength(64 * 36 * 3);
  expect(
    drawPreview(blank, frame, face, { regions: [] }, { ...request, overlay: "none" }).rgb.some((value) => value !== 0),
  ).toBe(false);
});

test("regions that lie on each other do not hide the face", () => {
  const square = new Float32Array([200, 100, 400, 100, 400, 300, 200, 300]);
  const aside = { ...face, rect: { x: 600, y: 400, w: 20, h: 20 } };
  const picture = (count: number): Uint8Array => {
    const regions = Array.from({ length: count }, () => ({ name: "cheek", points: square }));
    return drawPreview(blank, frame, aside, { regions }, request).rgb;
  };
  expect(picture(9)).toEqual(picture(1));
  expect(picture(1)).not.toEqual(picture(0));
});

test("a picture is made only when one is wanted, the last is painted and the rate allows it", () => {
  const sent: FromWorker[] = [];
  const slot = new PreviewSlot();
  const sender = new PreviewSender(blank, noRegions, slot, (message) => sent.push(message));
  sender.offer(frame, face, 0);
  expect(sent).toHaveLength(0);
  slot.request = request;
  sender.offer(frame, face, 10);
  expect(sent).toHaveLength(1);
  sender.offer(frame, face, 500);
  expect(sent).toHaveLength(1);
  slot.isFree = true;
  sender.offer(frame, face, 50);
  expect(sent).toHaveLength(1);
  sender.offer(frame, face, 110);
  expect(sent).toHaveLength(2);
});

/** Brightness of a pixel's green. */
function greenAt({ rgb, widthPx }: { rgb: Uint8Array; widthPx: number }, x: number, y: number): number {
  return rgb[(y * widthPx + x) * 3 + 1] ?? -1;
}

test("the points of the face are drawn where they are, those that are missing are not", () => {
  const points = new Float32Array([320, 240, 0, 1, 400, 240, 0, 0]);
  const picture = drawPreview(blank, frame, { ...face, points }, { regions: [] }, { ...request, overlay: "mesh" });
  expect(greenAt(picture, 32, 18)).toBe(144);
  expect(greenAt(picture, 38, 18)).toBe(0);
});

test("pixels that are no squares keep the shape of the face", () => {
  const tall = { ...request, widthPx: 96, heightPx: 36, pixelAspect: 0.5 };
  const crop = cropFor(frame, face, tall);
  expect(crop.w / crop.h).toBeCloseTo(48 / 36);
  const points = new Float32Array([320, 240, 0, 1, 320, 360, 0, 1]);
  const picture = drawPreview(blank, frame, { ...face, points }, { regions: [] }, { ...tall, overlay: "mesh" });
  expect(greenAt(picture, 48, 18)).toBe(144);
  expect(greenAt(picture, 48, 27)).toBe(144);
});

test("the target stands in the middle of the allowed box, as high as a head", () => {
  const aim = { ...request, overlay: "none", target: true } as const;
  const picture = drawPreview(blank, frame, undefined, { regions: [], box }, aim);
  const rows = Array.from({ length: 36 }, (_, y) => y).filter((y) =>
    Array.from({ length: 64 }, (_, x) => greenAt(picture, x, y)).some((green) => green > 0),
  );
  expect(rows[0]).toBe(5);
  expect(rows.at(-1)).toBe(31);
  expect(drawPreview(blank, frame, undefined, { regions: [] }, aim).rgb.some((value) => value > 0)).toBe(false);
});

/** The schematic of a face of one grey. */
function drawn(level: number): PreviewPicture {
  const wanted = { ...request, overlay: "none", schematic: true } as const;
  return drawPreview((_frame, _crop, out) => out.fill(level), frame, face, { regions: [] }, wanted);
}

test("a schematic shows the place of the face and its light, and does not change with every grain of noise", () => {
  expect(drawn(130)).toEqual(drawn(134));
  expect(greenAt(drawn(130), 34, 18)).toBe(128);
  expect(greenAt(drawn(130), 2, 2)).toBe(24);
});
