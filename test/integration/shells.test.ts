import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, describe, expect, test } from "vitest";

import { cleanEnv, freshFolder, run } from "../helpers/program.js";
import { openPty } from "../helpers/terminal.js";

// The completion scripts in the shells themselves: bash is everywhere, the others where they are installed.

const OTHERS = { fish: "fish", groff: "groff" };
const place = freshFolder("shells");
const state = freshFolder("state");
const scripts = { bash: join(place, "dfxterm.bash"), zsh: join(place, "_dfxterm"), fish: join(place, "dfxterm.fish") };
const work = join(place, "work");

beforeAll(async () => {
  await Promise.all(
    Object.entries(scripts).map(async ([shell, path]) =>
      writeFileSync(path, (await run(["completion", shell])).stdout),
    ),
  );
  mkdirSync(join(work, "folder"), { recursive: true });
  for (const name of ["a clip.mp4", "star*.mp4", "plain.mp4", "at 10:21.mp4", "10:22.mp4"])
    writeFileSync(join(work, name), "");
  for (const name of ["2026-11-22T10-21-07-aaaaaa", "$(touch hacked)"]) {
    mkdirSync(join(state, "measurements", name), { recursive: true });
  }
});

function has(shell: string): boolean {
  return spawnSync(shell, ["--version"]).status === 0;
}

const env = (): NodeJS.ProcessEnv => cleanEnv({ DFXTERM_STATE_DIR: state });

/** What bash offers for the last of the words. */
function offeredByBash(...words: string[]): string[] {
  const script = `source "${scripts.bash}"; COMP_WORDS=(dfxterm "$@"); COMP_CWORD=$#; _dfxterm; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync("bash", ["--norc", "-c", script, "bash", ...words], {
    cwd: work,
    env: env(),
    encoding: "utf8",
  });
  return output
    .split("\n")
    .filter((line) => line !== "")
    .toSorted();
}

describe("bash", () => {
  test("commands, options, values, files and measurements are offered where they belong", () => {
    expect(offeredByBash("mea")).toEqual(["measure", "measurements"]);
    expect(offeredByBash("studies", "sel")).toEqual(["select"]);
    expect(offeredByBash("studies", "list", "--stat")).toEqual(["--state-dir", "--status"]);
    expect(offeredByBash("help", "stud")).toEqual(["studies"]);
    expect(offeredByBash("")).toEqual(
      expect.arrayContaining(["measure", "serve", "show", "completion", "man", "help"]),
    );
    expect(offeredByBash("help", "sho")).toEqual(["show"]);
    expect(offeredByBash("measure", "--face")).toEqual(["--face-detect", "--faces"]);
    expect(offeredByBash("measure", "--face-detect", "")).toEqual(["brute", "fast", "smart"]);
    expect(offeredByBash("measure", "--face_detect", "s")).toEqual(["smart"]);
    expect(offeredByBash("measure", "--face-detect", "=", "b")).toEqual(["brute"]);
    expect(offeredByBash("measure", "--face-detect", "=")).toEqual(["brute", "fast", "smart"]);
    expect(offeredByBash("measure", "--face_d")).toEqual(["--face-detect"]);
    expect(offeredByBash("login", "--server", "pro")).toEqual(["prod", "prod-cn"]);
    expect(offeredByBash("help", "serve", "user", "a")).toEqual(["add"]);
    expect(offeredByBash("serve", "--host", "user", "l")).toEqual(["licence"]);
    // bash parts words at colons: what it has already is not offered again.
    expect(offeredByBash("measure", "10", ":")).toEqual(["22.mp4"]);
    expect(offeredByBash("measure", "--faces", "=", "10", ":", "2")).toEqual(["22.mp4"]);
    expect(offeredByBash("measure", "--chunklength", "")).toEqual([]);
    expect(offeredByBash("measure", "--state-dir", "")).toEqual(["folder"]);
    expect(offeredByBash("measure", "")).toEqual([
      "10:22.mp4",
      "a clip.mp4",
      "at 10:21.mp4",
      "folder",
      "plain.mp4",
      "star*.mp4",
    ]);
    expect(offeredByBash("measure", "clip.mp4", "--", "pl")).toEqual(["plain.mp4"]);
    expect(offeredByBash("show", "2026")).toEqual(["2026-11-22T10-21-07-aaaaaa"]);
    expect(offeredByBash("completion", "")).toEqual(["bash", "fish", "zsh"]);
    expect(offeredByBash("serve", "")).toEqual(["licence", "study", "user"]);
    expect(offeredByBash("serve", "license", "a")).toEqual(["add"]);
    expect(offeredByBash("man", "")).toEqual([]);
  });

  test("a folder's name is never run", () => {
    offeredByBash("show", "");
    expect(execFileSync("ls", [work], { encoding: "utf8" })).not.toContain("hacked");
  });

  test("a person's Tab completes the command and its option", async () => {
    const pty = openPty("bash", ["--norc", "-i"], 80, 24, { ...env(), TERM: "xterm-256color", PS1: "$ " });
    pty.press(`alias dfxterm=true; source "${scripts.bash}"; echo rea""dy\r`);
    await pty.see("\nready");
    pty.press("dfxterm serv\t--rest\t");
    await pty.see("dfxterm serve --rest-port");
    pty.kill();
  });
});

describe.skipIf(!has("zsh"))("zsh (where it is installed)", () => {
  test("a person's Tab completes command, option, value and file", async () => {
    const pty = openPty("zsh", ["-f", "-i"], 80, 24, { ...env(), TERM: "xterm-256color", PS1: "$ " });
    pty.press(`cd "${work}"; autoload -U compinit; compinit -u -D; source "${scripts.zsh}"; echo rea""dy\r`);
    await pty.see("\nready");
    pty.press("dfxterm measure --face-det\tbru\tplai\t");
    await pty.see("dfxterm measure --face-detect=brute plain.mp4");
    pty.press("\u0015dfxterm show 2026\t");
    await pty.see("dfxterm show 2026-11-22T10-21-07-aaaaaa");
    pty.kill();
  });

  test("it works as a file of $fpath, too", async () => {
    const pty = openPty("zsh", ["-f", "-i"], 80, 24, { ...env(), TERM: "xterm-256color", PS1: "$ " });
    pty.press(`fpath=("${place}" $fpath); autoload -U compinit; compinit -u -D; echo rea""dy\r`);
    await pty.see("\nready");
    pty.press("dfxterm comp\tzs\t");
    await pty.see("dfxterm completion zsh");
    pty.kill();
  });
});

/** What fish offers at the end of a line. */
function offeredByFish(line: string): string[] {
  const script = `source "${scripts.fish}"; complete -C '${line}'`;
  const output = execFileSync(OTHERS.fish, ["--no-config", "-c", script], { cwd: work, env: env(), encoding: "utf8" });
  return output
    .split("\n")
    .map((row) => row.split("\t")[0] ?? "")
    .filter((word) => word !== "");
}

describe.skipIf(!has("fish"))("fish (where it is installed)", () => {
  test("commands, options, values and measurements are offered where they belong", () => {
    expect(offeredByFish("dfxterm serv")).toEqual(["serve"]);
    expect(offeredByFish("dfxterm studies sel")).toEqual(["select"]);
    expect(offeredByFish("dfxterm measure --face-detect ").toSorted()).toEqual(["brute", "fast", "smart"]);
    expect(offeredByFish("dfxterm measure --face-detect=s")).toEqual(["--face-detect=smart"]);
    expect(offeredByFish("dfxterm measure pl")).toEqual(["plain.mp4"]);
    expect(offeredByFish("dfxterm show 2026")).toContain("2026-11-22T10-21-07-aaaaaa");
    expect(offeredByFish("dfxterm help sho")).toEqual(["show"]);
    expect(offeredByFish("dfxterm help studies sel")).toEqual(["select"]);
    expect(offeredByFish("dfxterm serve --host user lic")).toEqual(["licence"]);
  });
});

describe.skipIf(!has("groff"))("groff (where it is installed)", () => {
  test("the manual page is set without a warning", async () => {
    const { stdout, status } = await run(["man"]);
    expect(status).toBe(0);
    for (const columns of [60, 80]) {
      const args = ["-ww", "-man", "-Tutf8", "-P-cbou", `-rLL=${columns}n`];
      const set = spawnSync(OTHERS.groff, args, { input: stdout, encoding: "utf8" });
      expect(set).toMatchObject({ status: 0, stderr: "" });
      for (const part of ["EXIT STATUS", "--face-detect", "dfxterm serve [options]", '--name "Lab 2"']) {
        expect(set.stdout).toContain(part);
      }
      expect(set.stdout.split("\n").filter((line) => line.length > columns)).toEqual([]);
    }
  });
});

test("wrong words end with status 2, one line and what was meant", async () => {
  const cases: [string[], RegExp][] = [
    [["mesure", "x"], /^dfxterm: there is no command "mesure": did you mean "measure"\?\n$/],
    [
      ["measure", "x", "--chunklenght", "5"],
      /^dfxterm: unknown option '--chunklenght' \(Did you mean --chunklength\?\)\n$/,
    ],
    [["measure", "x", "--send_metod", "rest"], /Did you mean --send-method\?/],
    [["measure", "x", "--face_detect", "smrt"], /Did you mean smart\?\n$/],
    [["completion", "bahs"], /Did you mean bash\?/],
    [["measure", "x", "--preview", "sextnat"], /Did you mean sextant\?\n$/],
    [["measure", "x", "--jsn=secret"], /^dfxterm: unknown option '--jsn' \(Did you mean --json\?\)\n$/],
    [["measure", "x", "--json=1"], /^dfxterm: option '--json' takes no value\n$/],
    [["measure", "x", "--state-dir", ""], /'--state-dir <folder>' argument '' is invalid\. It must not be empty\.\n$/],
    [["completion"], /^dfxterm: missing required argument 'shell'\n$/],
    [["help", "shwo"], /did you mean "show"\?\n$/],
    [["serve", "--rest-port", "99999"], /0 to 65535/],
  ];
  const all = await Promise.all(cases.map(async ([args, words]) => ({ ended: await run(args), words })));
  for (const { ended, words } of all) {
    expect(ended).toMatchObject({ status: 2, stdout: "" });
    expect(ended.stderr).toMatch(words);
  }
});

test("help goes to standard output with status 0, and is there at once", async () => {
  for (const args of [["--help"], ["help", "measure"], ["help", "serve", "user", "add"], ["show", "--help"], []]) {
    const { status, stdout, stderr } = await run(args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^Usage: dfxterm/);
    expect(stdout).toContain("Examples:");
  }
});
