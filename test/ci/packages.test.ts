import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";

import { afterAll, describe, expect, test } from "vitest";

import { isFree, licenceProblems } from "../../.ci/licences.mjs";
import { freshFolder, projectRoot } from "../helpers/program.js";

// What `npm run check` says about the packages that are installed with dfxterm.

const run = promisify(execFile);

interface Locked {
  readonly version: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const { packages } = JSON.parse(readFileSync(join(projectRoot, "package-lock.json"), "utf8")) as {
  packages: Readonly<Record<string, Locked>>;
};
const locked = Object.entries(packages).flatMap(([path, entry]) =>
  path === "" ? [] : [{ name: path.replace(/^.*node_modules\//, ""), ...entry }],
);
const servers: Server[] = [];
afterAll(() => servers.forEach((server) => server.closeAllConnections()));

const installedLicence = (path: string) => (path.endsWith("/installed") ? "MIT" : undefined);

describe("a licence", () => {
  test("is free when one of its choices is, with all its parts", () => {
    for (const text of ["MIT", "(MIT OR GPL-3.0)", "MIT AND Zlib", "(MIT OR CC0-1.0)"]) expect(isFree(text)).toBe(true);
    for (const text of ["GPL-3.0", "MIT AND GPL-3.0", "UNLICENSED", "SEE LICENSE IN x"])
      expect(isFree(text)).toBe(false);
  });

  test("that nobody has agreed to is told with its package", () => {
    const made = {
      "": { license: "MIT" },
      "node_modules/good": { license: "ISC", optionalDependencies: { "good-win32": "1" } },
      "node_modules/good-win32": { optional: true },
      "node_modules/good/node_modules/strict": { license: "AGPL-3.0-only" },
      "node_modules/silent": {},
      "node_modules/installed": {},
      "node_modules/lightningcss": { license: "MPL-2.0" },
      "node_modules/ffmpeg-static": { license: "GPL-3.0-or-later", optional: true },
    };
    expect(licenceProblems({ packages: made }, installedLicence)).toEqual([
      "strict: AGPL-3.0-only",
      "silent: no licence",
      // Agreed to as a tool of the tests, and only as that.
      "lightningcss: MPL-2.0",
    ]);
  });

  test("is agreed to for every package of the lock file", async () => {
    await expect(run(process.execPath, [".ci/licences.mjs"], { cwd: projectRoot })).resolves.toMatchObject({
      stderr: "",
    });
  });
});

const ADVISORY = { id: 1, url: "https://advisories.example/1", title: "Made up", vulnerable_versions: "<99.0.0" };

/** What a registry says of a package. */
function packument(name: string): object {
  const versions = locked.filter((one) => one.name === name).map((one) => [one.version, { ...one, dist: {} }]);
  return { name, versions: Object.fromEntries(versions) };
}

/** A registry that knows one advisory about ws, of that severity; 405: one that tells of none; silent: never answers. */
async function registry(severity: "high" | "low" | 405 | "silent"): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    if (severity === "silent") return;
    const path = decodeURIComponent(request.url ?? "");
    const answer = path.includes("/advisories/") ? { ws: [{ ...ADVISORY, severity }] } : packument(path.slice(1));
    response.writeHead(severity === 405 ? 405 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(severity === 405 ? {} : answer));
  });
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  server.unref();
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe("known vulnerabilities", () => {
  const ADVISED = /^ws, (high|low): Made up \(https:\/\/advisories\.example\/1\)\nknown vulnerabilities: [12]\n$/m;
  const CASES = [
    ["that are grave fail the check, and are named", "high", 1, ADVISED],
    ["that are not grave are named", "low", 0, ADVISED],
    ["of a registry that does not tell are not checked, which is said", 405, 0, /not offered by this registry \(405\)/],
    ["of a registry that does not answer are given up in time", "silent", 0, /the registry gave no answer/],
  ] as const;
  for (const [what, kind, status, words] of CASES) {
    test.concurrent(what, async () => {
      const cache = freshFolder("npm");
      const env = { ...process.env, npm_config_registry: await registry(kind), npm_config_cache: cache };
      const patience = kind === "silent" ? "0.5" : "30";
      const child = run(process.execPath, [".ci/advisories.mjs", patience], { cwd: projectRoot, env });
      const { stderr } = await child.catch((error: unknown) => error as { stderr: string });
      expect(stderr).toMatch(words);
      expect(child.child.exitCode).toBe(status);
    });
  }
});

test("a package that is installed with dfxterm is pinned by its exact version and its digest", () => {
  const loose = locked.filter(({ dev, version, integrity = "" }) => {
    return !dev && !(/^\d+\.\d+\.\d+/.test(version) && integrity.startsWith("sha512-"));
  });
  expect(loose).toEqual([]);
});

test("the bill of materials names every package that is installed, and no host of a registry", async () => {
  const file = join(freshFolder("sbom"), "sbom.json");
  await run(process.execPath, [".ci/sbom.mjs", file], { cwd: projectRoot });
  const text = readFileSync(file, "utf8");
  const bill = JSON.parse(text) as { bomFormat: string; components: { name: string; version: string }[] };
  const expected = locked.filter(({ dev }) => !dev).map(({ name, version }) => `${name}@${version}`);
  expect(bill.bomFormat).toBe("CycloneDX");
  expect(new Set(bill.components.map(({ name, version }) => `${name}@${version}`))).toEqual(new Set(expected));
  expect(text).not.toMatch(/registry\.|\.tgz/);
});
