import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { describe, expect, test } from "vitest";

import { startServer } from "../../src/server/server.js";
import { cleanEnv, clip, type Finished, freshFolder, jsonLines, projectRoot, run } from "../helpers/program.js";

// A whole measurement by the real program, watched from inside: with whom it talks, what it starts, what it leaves.

const LICENCE = "LICENCE-KEY-4711";
const EMAIL = "ada@example.org";
const PASSWORD = "correct horse battery";
const STUDY = "a-study";
const OF_THE_SHELL = "token-of-another-program";
const SECRETS = [LICENCE, PASSWORD, OF_THE_SHELL];

interface Seen {
  readonly kind: "connect" | "listen" | "lookup" | "datagrams" | "start";
  readonly to?: string;
  readonly at?: string;
  readonly self?: string;
  readonly cmdline?: string;
  readonly environ?: string;
}

interface Watched {
  readonly finished: Finished;
  readonly seen: readonly Seen[];
  readonly folder: string;
  /** What it saw of one kind. */
  readonly all: (kind: Seen["kind"]) => Seen[];
}

async function watched(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Watched> {
  const folder = freshFolder("privacy");
  const file = join(freshFolder("watch"), "seen.ndjson");
  const hook = pathToFileURL(join(projectRoot, "test", "helpers", "watch.mjs")).href;
  const saved = ["--save-chunks-folder", join(folder, "c"), "--save-results-folder", join(folder, "r")];
  const length = ["--chunklength", "5", "--videolength", "5", "--state-dir", join(folder, "state")];
  const finished = await run(["measure", ...args, ...length, ...saved, "--plain"], {
    ...cleanEnv(),
    NODE_OPTIONS: `--import=${hook}`,
    DFXTERM_TEST_WATCH: file,
    DFXTERM_CONFIG_DIR: join(folder, "config"),
    SOME_TOKEN: OF_THE_SHELL,
    ...env,
  });
  const seen = jsonLines(readFileSync(file, "utf8")) as unknown as Seen[];
  return { finished, seen, folder, all: (kind) => seen.filter((one) => one.kind === kind) };
}

function everything(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
}

// What /proc tells is Linux's.
describe.skipIf(process.platform !== "linux")("a measurement (seen through /proc, which only Linux has)", () => {
  test("at a server talks with that server alone, and nobody can read the account", async () => {
    const studies = [{ id: STUDY, name: "test" }];
    const server = await startServer({ restPort: 0, wsPort: 0, licenseKeys: [LICENCE], studies });
    const urls = ["--rest-url", server.restUrl, "--ws-url", server.wsUrl];
    const { finished, folder, all } = await watched(["default", clip, LICENCE, STUDY, EMAIL, PASSWORD, ...urls]);
    const refused = await watched(["default", clip, LICENCE, STUDY, EMAIL, "wrong", ...urls]);
    await server.close();
    expect(finished.status, finished.stderr).toBe(0);
    expect(refused.finished.status, refused.finished.stderr).toBe(4);
    const kept = [folder, refused.folder].flatMap((place) => everything(join(place, "state")));
    for (const path of kept.filter((each) => statSync(each).isFile()))
      expect(readFileSync(path, "latin1")).not.toContain(EMAIL);

    const chosen = [server.restUrl, server.wsUrl].map((url) => new URL(url).host);
    expect(new Set(all("connect").map(({ to }) => to))).toEqual(new Set(chosen));
    expect([...all("lookup"), ...all("datagrams"), ...all("listen")]).toEqual([]);
    expect(new Set(all("connect").map(({ self }) => self?.replaceAll("\n", "")))).toEqual(new Set(["dfxterm"]));

    const started = all("start");
    expect(started.length).toBeGreaterThan(0);
    for (const { cmdline = "", environ = "" } of started) {
      expect(cmdline.split("\n", 1)[0]).toMatch(/ffmpeg$|^mkfifo$/);
      expect(cmdline).not.toContain("://");
      expect(environ).toContain("PATH=");
      for (const secret of SECRETS) expect(cmdline + environ).not.toContain(secret);
    }

    expect(finished.stderr).toContain("given as arguments");
    const files = everything(folder).filter((path) => statSync(path).isFile());
    expect(files.length).toBeGreaterThan(10);
    for (const text of [finished.stdout, finished.stderr, ...files.map((path) => readFileSync(path, "latin1"))])
      for (const secret of SECRETS) expect(text).not.toContain(secret);
    for (const path of everything(folder)) {
      expect([path, statSync(path).mode & 0o777]).toEqual([path, statSync(path).isFile() ? 0o600 : 0o700]);
    }
  });

  test("without an account talks with nobody outside this computer", async () => {
    const { finished, all, seen } = await watched([clip]);
    expect(finished.status, finished.stderr).toBe(0);
    expect(seen.length).toBeGreaterThan(0);
    for (const { to = "" } of all("connect")) expect(to).toMatch(/^127\.0\.0\.1:\d+$/);
    for (const { at } of all("listen")) expect(at).toBe("127.0.0.1");
    expect([...all("lookup"), ...all("datagrams")]).toEqual([]);
  });
});
