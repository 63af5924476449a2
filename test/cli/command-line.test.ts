import { join } from "node:path";

import { expect, test } from "vitest";

import { checkParty } from "../../src/app/measure-account.js";
import { exitCodeOf } from "../../src/cli/exit-codes.js";
import { kebabCase, kebabCaseOptions } from "../../src/cli/main.js";
import { type MeasureOptions, measureSettings } from "../../src/cli/measure-settings.js";
import { outputMode } from "../../src/cli/output-mode.js";
import {
  parseChunkLength,
  parseDate,
  parseLimit,
  parseOffset,
  parsePort,
  parseResolution,
  parseServer,
  parseVideoLength,
  parseWord,
} from "../../src/cli/parse.js";
import { parseAge, parseSize } from "../../src/cli/prune-command.js";
import { accountToGoOn } from "../../src/cli/resume-command.js";
import { initialMeasurement } from "../../src/results/measurement.js";
import { summarise } from "../../src/results/summary.js";
import { freshFolder } from "../helpers/program.js";

const defaults: MeasureOptions = {
  sendMethod: "REST",
  subprotocol: "json",
  measurementMode: "DISCRETE",
  chunklength: 15,
  faceDetect: "smart",
};

function settings(args: string[], options: Partial<MeasureOptions> = {}, env: NodeJS.ProcessEnv = {}) {
  return measureSettings(args, { ...defaults, ...options }, { env, stateDir: "/state", output: "plain" });
}

const ACCOUNT = ["study.json", "clip.mp4", "KEY", "STUDY", "a@b.c", "secret"];

test("a source alone is measured on a server of our own", () => {
  expect(settings(["clip.mp4"])).toMatchObject({
    source: "clip.mp4",
    studyPath: undefined,
    server: { kind: "own" },
    account: undefined,
  });
});

test("no video is read from where the dashboard reads its keys", () => {
  const around = { env: {}, stateDir: "/state" };
  const atKeyboard = () => measureSettings(["-"], defaults, { ...around, output: "dashboard" });
  expect(atKeyboard).toThrow("the standard input is the keyboard here: give a file, or pipe a video into dfxterm");
  expect(settings(["-"]).source).toBe("-");
});

test("the original's six arguments keep their order, and its default server", () => {
  expect(settings(ACCOUNT)).toMatchObject({
    studyPath: "study.json",
    source: "clip.mp4",
    account: { licenseKey: "KEY", studyId: "STUDY", email: "a@b.c", password: "secret" },
    server: { kind: "named", name: "prod" },
  });
});

test("an account may come from the environment", () => {
  const env = { DFXTERM_LICENSE_KEY: "K", DFXTERM_STUDY_ID: "S", DFXTERM_EMAIL: "E", DFXTERM_PASSWORD: "P" };
  expect(settings(["clip.mp4"], { server: "qa" }, env)).toMatchObject({
    account: { licenseKey: "K" },
    server: { kind: "named", name: "qa" },
  });
});

test("three to five arguments, seven, and none are refused with one sentence", () => {
  for (const count of [3, 4, 5]) expect(() => settings(ACCOUNT.slice(0, count))).toThrow(/one, two or six arguments/);
  expect(() => settings([...ACCOUNT, "more"])).toThrow(/not 7/);
  expect(() => settings([])).toThrow(/give a video file/);
});

test("a cloud server without an account or a login is refused before anything starts", async () => {
  const configDir = join(freshFolder("config"), "dfxterm");
  const check = async (options: Partial<MeasureOptions>, args = ["clip.mp4"], env = {}): Promise<void> =>
    await checkParty(settings(args, { server: "prod", configDir, ...options }, env));
  await expect(check({})).rejects.toMatchObject({
    code: "USAGE",
    message: expect.stringMatching(/needs an account: run "dfxterm login --server prod/),
  });
  await expect(check({ email: "a@b.c" })).rejects.toMatchObject({ code: "USAGE" });
  await check({}, ACCOUNT);
  const env = { DFXTERM_LICENSE_KEY: "K", DFXTERM_EMAIL: "E", DFXTERM_PASSWORD: "P" };
  await expect(check({}, ["clip.mp4"], env)).rejects.toMatchObject({
    code: "USAGE",
    message: expect.stringMatching(/no study is chosen: give --study-id/),
  });
  await check({ studyId: "S" }, ["clip.mp4"], env);
});

test("a login alone sends nobody's face to another computer", () => {
  expect(settings(["clip.mp4"], { email: "a@b.c" }, { DFXTERM_LICENSE_KEY: "K" }).server).toEqual({ kind: "own" });
});

test("what goes on does so in the study that was asked for, unless another is named", () => {
  const env = { DFXTERM_STUDY_ID: "of-today" };
  expect(accountToGoOn({}, "of-then", env)).toMatchObject({ studyId: "of-then" });
  expect(accountToGoOn({}, null, env)).toMatchObject({ studyId: "of-today" });
  expect(accountToGoOn({ studyId: "named" }, "of-then", env)).toMatchObject({ studyId: "named" });
  expect(accountToGoOn({}, null, {})).toBeUndefined();
});

test("the environment may name the server, options win over it", () => {
  const env = { DFXTERM_SERVER: "qa", DFXTERM_REST_URL: "", DFXTERM_EMAIL: "e@x", DFXTERM_STUDY_ID: "S" };
  expect(settings(["clip.mp4"], {}, env)).toMatchObject({
    server: { kind: "named", name: "qa" },
    account: { email: "e@x", studyId: "S" },
  });
  expect(settings(["clip.mp4"], { server: "dev", email: "f@x", studyId: "T" }, env)).toMatchObject({
    server: { kind: "named", name: "dev" },
    account: { email: "f@x", studyId: "T" },
  });
  const urls = { DFXTERM_REST_URL: "http://localhost:1", DFXTERM_WS_URL: "ws://localhost:2" };
  expect(settings(["clip.mp4"], {}, urls).server).toMatchObject({ kind: "urls", wsUrl: "ws://localhost:2" });
});

test("a server's name is taken in any case, a wrong one comes with those that are near", () => {
  expect(parseServer("Prod-CN")).toBe("prod-cn");
  expect(() => parseServer("prd")).toThrow(/no server "prd"\. Did you mean prod\?/);
});

test("local is a server of our own, unless an account is written or somebody is logged in there", () => {
  const env = { DFXTERM_LICENSE_KEY: "k", DFXTERM_STUDY_ID: "s", DFXTERM_EMAIL: "a@b.c", DFXTERM_PASSWORD: "p" };
  const local = { server: "local" };
  expect(settings(["clip.mp4"], local).server).toEqual({ kind: "own" });
  // An account of the environment is the service's.
  expect(settings(["clip.mp4"], local, env).server).toEqual({ kind: "own" });
  expect(settings(ACCOUNT, local)).toMatchObject({ server: { kind: "named", name: "local" }, api: "v2" });
  const around = { env: {}, stateDir: "/state", output: "plain", hasLocalLogin: true } as const;
  expect(measureSettings(["clip.mp4"], { ...defaults, ...local }, around).server).toMatchObject({ name: "local" });
  expect(measureSettings(["clip.mp4"], defaults, around).server).toEqual({ kind: "own" });
});

test("days and counts are checked", () => {
  expect(parseDate("2028-02-29")).toBe("2028-02-29");
  for (const wrong of ["2026-02-30", "2026-2-3", "yesterday", "", "2026-11-22T00:00:00Z"]) {
    expect(() => parseDate(wrong)).toThrow(/day like 2026-11-22/);
  }
  expect([parseLimit("1"), parseOffset("0")]).toEqual([1, 0]);
  for (const wrong of ["0", "1001", "1.5", "-1", "x"]) expect(() => parseLimit(wrong)).toThrow();
});

test("the two addresses go together and not with a name", () => {
  expect(() => settings(ACCOUNT, { restUrl: "http://localhost:1" })).toThrow(/go together/);
  expect(() => settings(ACCOUNT, { restUrl: "http://localhost:1", wsUrl: "ws://localhost:2", server: "qa" })).toThrow(
    /not both/,
  );
});

test("each mode has its own longest length", () => {
  expect(() => settings(["clip.mp4"], { videolength: 121 })).toThrow(/at most 120 s.* or another --measurement-mode$/);
  const v2 = { videolength: 121, api: "v2" } as const;
  expect(() => settings(["clip.mp4"], v2)).toThrow(/ or --api v1 and another --measurement-mode$/);
  expect(() => settings(["clip.mp4"], { ...v2, measurementMode: "VIDEO" })).toThrow(/ or --api v1$/);
  expect(settings(["clip.mp4"], { videolength: 1200, measurementMode: "VIDEO" }).videoLengthS).toBe(1200);
});

test("values of options are numbers, sizes and words within their limits", () => {
  expect(parseChunkLength("5")).toBe(5);
  expect(() => parseChunkLength("4.9")).toThrow(/from 5 to 30/);
  expect(() => parseChunkLength("")).toThrow(/from 5 to 30/);
  expect(() => parseVideoLength("1e9")).toThrow(/from 1 to 1200/);
  expect(() => parseVideoLength("abc")).toThrow(/number/);
  expect(parseResolution("1280x720")).toEqual({ widthPx: 1280, heightPx: 720 });
  expect(() => parseResolution("1280")).toThrow(/1280x720/);
  expect(() => parsePort("70000")).toThrow();
  expect(() => parsePort("1.5")).toThrow(/whole number from 0 to 65535/);
  expect(parseWord({ rest: "REST", ws: "websocket" })("WS")).toBe("websocket");
  for (const wrong of ["carrier pigeon", "constructor", "__proto__"]) {
    expect(() => parseWord({ rest: "REST" })(wrong)).toThrow(/one of: rest/);
  }
});

test("the original's spelling of options is taken, values are left alone", () => {
  expect(kebabCase("--send_method")).toBe("--send-method");
  expect(kebabCase("--save_chunks_folder=a_b/c_d")).toBe("--save-chunks-folder=a_b/c_d");
  expect(kebabCase("my_clip.mp4")).toBe("my_clip.mp4");
  expect(kebabCase("-r")).toBe("-r");
});

test("the dashboard is for a person at a terminal only", () => {
  const tty = { stdinIsTty: true, stdoutIsTty: true, env: { TERM: "xterm-256color" } };
  const asked = { json: false, plain: false };
  expect(outputMode(asked, tty)).toBe("dashboard");
  expect(outputMode({ ...asked, json: true }, tty)).toBe("json");
  expect(outputMode({ ...asked, plain: true }, tty)).toBe("plain");
  expect(outputMode({ ...asked, screenReader: true }, tty)).toBe("plain");
  expect(outputMode(asked, { ...tty, env: { INK_SCREEN_READER: "true" } })).toBe("plain");
  expect(outputMode(asked, { ...tty, stdoutIsTty: false })).toBe("plain");
  expect(outputMode(asked, { ...tty, stdinIsTty: false })).toBe("plain");
  expect(outputMode(asked, { ...tty, env: { TERM: "dumb" } })).toBe("plain");
  expect(outputMode(asked, { ...tty, env: {} })).toBe("dashboard");
  expect(outputMode(asked, { ...tty, env: { CI: "" } })).toBe("plain");
  expect(outputMode(asked, { ...tty, env: { ...tty.env, CI: "false" } })).toBe("dashboard");
});

test("the exit status follows the summary", () => {
  const nowhere = { folder: null, chunks: null, results: null, snapshot: null, faces: null };
  const state = initialMeasurement("local", "REST", 5);
  const statusOf = (phase: Parameters<typeof summarise>[0]["phase"]) =>
    exitCodeOf(summarise({ ...state, phase }, nowhere, 0));
  expect(statusOf({ kind: "completed" })).toBe(0);
  expect(statusOf({ kind: "cancelled" })).toBe(130);
  expect(statusOf({ kind: "failed", failure: { code: "NO_FACE", message: "" } })).toBe(7);
  expect(statusOf({ kind: "failed", failure: { code: "AUTH", message: "" } })).toBe(4);
});

test("a file name after -- is not rewritten as an option", () => {
  expect(kebabCaseOptions(["--face_detect", "brute", "--", "--my_clip.mp4"])).toEqual([
    "--face-detect",
    "brute",
    "--",
    "--my_clip.mp4",
  ]);
});

test("saved chunks take the place of a source, and an account may follow", () => {
  expect(settings([], { fromChunks: "saved" })).toMatchObject({
    source: "saved",
    fromChunks: true,
    server: { kind: "own" },
  });
  const account = ACCOUNT.slice(2);
  expect(settings(account, { fromChunks: "saved" })).toMatchObject({
    source: "saved",
    account: { licenseKey: "KEY", password: "secret" },
  });
  expect(() => settings(["clip.mp4"], { fromChunks: "saved" })).toThrow(/an account is four arguments .*, not 1$/);
});

test("ages and sizes are numbers with a unit", () => {
  expect(["12h", "30d", "1.5w"].map(parseAge)).toEqual([43_200_000, 2_592_000_000, 907_200_000]);
  expect(["500M", "2G", "1.5k", "7", "2GB"].map(parseSize)).toEqual([5e8, 2e9, 1500, 7, 2e9]);
  for (const bad of ["30", "d", "-1d", "3x", ""]) expect(() => parseAge(bad)).toThrow(/must look like/);
  for (const bad of ["", "G", "1T", "2 2"]) expect(() => parseSize(bad)).toThrow(/must look like/);
});
