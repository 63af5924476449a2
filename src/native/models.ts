import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { AppError } from "../domain/errors.js";

/** A network inside the package's asset file. */
interface Model {
  /** End of its name in the loader's list. */
  readonly name: string;
  readonly sha256: string;
}

// The weights come from the npm package alone (Apache-2.0, pinned to one version in package.json), never from our
// repository. The package is frozen, so anything but these bytes is damage.
const DETECTOR: Model = {
  name: "/face_detection_short_range.tflite",
  sha256: "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633",
};
const MESH: Model = {
  name: "/face_landmark.tflite",
  sha256: "c603fa6149219a3e9487dc9abd7a0c24474c77263273d24868378cdf40aa26d1",
};

const LOADER = "face_mesh_solution_packed_assets_loader.js";
const ASSETS = "face_mesh_solution_packed_assets.data";

/** The two networks as .tflite files. */
export interface FaceModels {
  /** BlazeFace, short range. */
  readonly detector: Uint8Array;
  /** FaceMesh, 468 points. */
  readonly mesh: Uint8Array;
}

let loaded: FaceModels | undefined;

/**
 * The weights of the face engine; read once, when first asked for.
 * @throws AppError ENGINE when the package is missing or its files are not the expected ones.
 */
export function loadFaceModels(): FaceModels {
  loaded ??= readFaceModels(packageFolder());
  return loaded;
}

/**
 * Reads the weights out of an unpacked package.
 *
 *   ..._loader.js   names and places:  loadPackage({"files":[{"filename", "start", "end"}, ...]})
 *   ....data        the files, one after the other
 *
 * @throws AppError ENGINE
 */
export function readFaceModels(folder: string): FaceModels {
  let loader: string;
  let assets: Uint8Array;
  try {
    loader = readFileSync(join(folder, LOADER), "utf8");
    assets = readFileSync(join(folder, ASSETS));
  } catch (error) {
    throw incomplete(error);
  }
  const places = placesIn(loader);
  return { detector: modelIn(assets, places, DETECTOR), mesh: modelIn(assets, places, MESH) };
}

interface Place {
  readonly filename: string;
  readonly start: number;
  readonly end: number;
}

function packageFolder(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve("@mediapipe/face_mesh/package.json"));
  } catch (error) {
    throw incomplete(error);
  }
}

function placesIn(loader: string): readonly Place[] {
  const list = /loadPackage\((\{"files".*?\})\);/s.exec(loader)?.[1];
  if (list === undefined) throw incomplete();
  try {
    const { files } = JSON.parse(list) as { files: unknown };
    return Array.isArray(files) ? files.filter(isPlace) : [];
  } catch (error) {
    throw incomplete(error);
  }
}

function isPlace(entry: unknown): entry is Place {
  if (typeof entry !== "object" || entry === null) return false;
  const { filename, start, end } = entry as Record<string, unknown>;
  return typeof filename === "string" && Number.isSafeInteger(start) && Number.isSafeInteger(end);
}

function modelIn(assets: Uint8Array, places: readonly Place[], model: Model): Uint8Array {
  const place = places.find(({ filename }) => filename.endsWith(model.name));
  if (!place) throw incomplete();
  // A copy, so that the rest of the 4 MB asset file can be let go.
  const bytes = assets.slice(place.start, place.end);
  if (createHash("sha256").update(bytes).digest("hex") !== model.sha256) {
    throw new AppError(
      "ENGINE",
      `the face model ${model.name.slice(1)} in node_modules/@mediapipe/face_mesh is not the expected one: run \`npm ci\` again`,
    );
  }
  return bytes;
}

function incomplete(cause?: unknown): AppError {
  return new AppError(
    "ENGINE",
    "the face models of the npm package @mediapipe/face_mesh are missing: run `npm ci` again",
    { cause },
  );
}
