// Checks the licence of every package that the lock file names: `npm run check`. Works without a network.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Licences that ask for no more than their text. */
const FREE = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "MIT",
  "Zlib",
]);

/** Packages under another licence, and why they may be here all the same (see NOTICE). */
const EXCEPTIONS = [
  { name: /^(ffmpeg-static|@ffmpeg-installer\/.+)$/, why: "a program of its own, optional, started and never linked" },
  { name: /^@img\/sharp-(libvips-)?[\w-]+$/, why: "libvips, LGPL, as a shared library that can be exchanged" },
  { name: /^lightningcss(-[\w-]+)?$/, why: "MPL-2.0, a tool of the tests, changed by nobody", devOnly: true },
];

/** Packages that say it in their licence file alone. */
const WRITTEN = { "exif-parser": "MIT", "parse-cache-control": "BSD-3-Clause" };

/** Whether an SPDX expression can be met with free licences alone. */
export function isFree(expression) {
  const bare = expression.replace(/^\((.*)\)$/, "$1");
  const choices = bare.split(/ or /i);
  return choices.some((choice) => choice.split(/ and /i).every((id) => FREE.has(id.trim())));
}

/**
 * Every package of a lock file whose licence nobody has agreed to, as a sentence.
 * @param lock the parsed package-lock.json.
 * @param installedLicence what package.json in that folder says; undefined without one.
 */
export function licenceProblems(lock, installedLicence) {
  const packages = Object.entries(lock.packages).filter(([path]) => path.startsWith("node_modules/"));
  /** A package for another system is not installed, and has the licence of the one that asks for it. */
  const familyLicences = new Map(
    packages.flatMap(([, { optionalDependencies = {}, license }]) =>
      Object.keys(optionalDependencies).map((name) => [name, license]),
    ),
  );
  return packages.flatMap(([path, { license, dev = false }]) => {
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    const said = license ?? installedLicence(path) ?? WRITTEN[name] ?? familyLicences.get(name);
    const isExcepted = EXCEPTIONS.some((one) => one.name.test(name) && (dev || !one.devOnly));
    if (isExcepted || (said !== undefined && isFree(said))) return [];
    return [`${name}: ${said ?? "no licence"}`];
  });
}

function licenceInFolder(path) {
  const manifest = fileURLToPath(new URL(`../${path}/package.json`, import.meta.url));
  if (!existsSync(manifest)) return undefined;
  const { license } = JSON.parse(readFileSync(manifest, "utf8"));
  return typeof license === "string" ? license : undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const lock = JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8"));
  const problems = licenceProblems(lock, licenceInFolder);
  for (const problem of problems) process.stderr.write(`licence not agreed to: ${problem}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
