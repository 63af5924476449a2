import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

// Who may import whom. A folder may always import itself. ARCHITECTURE.md explains the table.
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  source: ["domain"],
  frames: ["domain"],
  face: ["domain"],
  extraction: ["domain"],
  chunk: ["domain"],
  wire: ["domain"],
  journal: ["domain"],
  results: ["domain"],
  report: ["domain", "results"],
  native: ["domain", "extraction"],
  pipeline: ["domain", "frames", "face", "extraction", "chunk"],
  worker: ["domain", "source", "frames", "face", "extraction", "chunk", "pipeline", "native"],
  api: ["domain", "wire"],
  server: ["domain", "wire"],
  view: ["domain", "results"],
  app: [
    "domain",
    "source/spec",
    "native/default-study",
    "native/study",
    "source/ffmpeg-binary",
    "source/cameras",
    "source/camera-modes",
    "worker/host",
    "worker/protocol",
    "wire",
    "api",
    "server",
    "journal",
    "results",
    "report",
    "view",
  ],
  cli: ["domain", "results", "app"],
  evaluate: ["domain", "wire", "worker/host", "worker/protocol", "server/analysis", "journal/disk"],
};

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const sources = join(root, "src");

/** Every import that the table does not allow, as "from -> to". */
function violations(files: ReadonlyMap<string, string>): string[] {
  const found: string[] = [];
  for (const [file, text] of files) {
    const folder = file.split("/")[0] ?? "";
    for (const [, specifier = ""] of text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)) {
      const target = normalize(join(dirname(file), specifier)).replace(/\.js$/, "");
      const [targetFolder = ""] = target.split("/");
      if (targetFolder === folder) continue;
      const allowed = MAY_IMPORT[folder]?.some((entry) => target === entry || target.startsWith(`${entry}/`));
      if (!allowed) found.push(`${file} -> ${target}`);
    }
  }
  return found;
}

function filesUnder(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => /\.tsx?$/.test(path) && statSync(path).isFile());
  return new Map(entries.map((path) => [relative(sources, path), readFileSync(path, "utf8")]));
}

test("every import of src/ follows the table", () => {
  expect(violations(filesUnder(sources))).toEqual([]);
});

test("the folders of src/ are those of the table", () => {
  const folders = new Set([...filesUnder(sources).keys()].map((file) => file.split("/")[0]));
  expect([...folders].toSorted()).toEqual(Object.keys(MAY_IMPORT).toSorted());
});

test("the rule sees a wrong import, in every form in which one can be written", () => {
  const wrong = new Map([
    ["view/Gauge.tsx", 'import { loadAddon } from "../native/addon.js";'],
    ["domain/face.ts", 'export type { Chunk } from "../wire/frames.js";'],
    ["cli/main.ts", 'const { openVideo } = await import("../source/decoder.js");'],
    ["app/measure.ts", 'import { runExtraction } from "../worker/run.js";'],
  ]);
  expect(violations(wrong)).toEqual([
    "view/Gauge.tsx -> native/addon",
    "domain/face.ts -> wire/frames",
    "cli/main.ts -> source/decoder",
    "app/measure.ts -> worker/run",
  ]);
});

test("the rule lets a right import pass", () => {
  const right = new Map([
    ["view/Gauge.tsx", 'import { metricsOf } from "../results/metrics.js";'],
    ["app/measure.ts", 'import { startExtraction } from "../worker/host.js";'],
    ["server/analysis/pos.ts", 'import { fft } from "./fft.js";'],
  ]);
  expect(violations(right)).toEqual([]);
});

test("the lock file names no download host", () => {
  expect(readFileSync(join(root, "package-lock.json"), "utf8")).not.toMatch(/"resolved": *"https?:/);
});

test("the lock file holds every platform's packages, so that npm ci agrees with it on all of them", () => {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>;
  };
  const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in lock.packages || `${path}/node_modules/${name}` in lock.packages),
    ),
  );
  expect(missing).toEqual([]);
});
