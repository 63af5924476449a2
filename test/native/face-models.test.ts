import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { loadFaceModels, readFaceModels } from "../../src/native/models.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "face-models-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A package with this list of files and these assets. */
function writePackage(list: string, assets: Uint8Array): void {
  writeFileSync(
    join(folder, "face_mesh_solution_packed_assets_loader.js"),
    `(function() { loadPackage(${list}); })();`,
  );
  writeFileSync(join(folder, "face_mesh_solution_packed_assets.data"), assets);
}

function refusal(sentence: RegExp): unknown {
  return expect.objectContaining({ code: "ENGINE", message: expect.stringMatching(sentence) });
}

test("the models come out of the installed package, once", () => {
  const models = loadFaceModels();
  expect(models.detector.length).toBe(229_032);
  expect(models.mesh.length).toBe(1_241_896);
  expect(loadFaceModels()).toBe(models);
});

test("a package that is not there is named, with the way out", () => {
  expect(() => readFaceModels(folder)).toThrowError(refusal(/@mediapipe\/face_mesh are missing: run `npm ci` again/));
});

test("other bytes than the expected ones are refused", () => {
  const files = [
    { filename: "/x/face_detection_short_range.tflite", start: 0, end: 10 },
    { filename: "/x/face_landmark.tflite", start: 10, end: 20 },
  ];
  writePackage(JSON.stringify({ files }), new Uint8Array(20));
  expect(() => readFaceModels(folder)).toThrowError(refusal(/face_detection_short_range.tflite .* not the expected/));
});

test.each(['{"files": []}', '{"files": 3}', '{"files": [null, {"filename": 1}]}', '{"files": [}', "nothing"])(
  "a list of files like %s is refused",
  (list) => {
    writePackage(list, new Uint8Array(20));
    expect(() => readFaceModels(folder)).toThrowError(refusal(/missing/));
  },
);
