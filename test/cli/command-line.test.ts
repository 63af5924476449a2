import { expect, test } from "vitest";

import { exitCodeOf } from "../../src/cli/exit-codes.js";
import { kebabCase, kebabCaseOptions } from "../../src/cli/main.js";
import { type MeasureOptions, measureSettings } from "../../src/cli/measure-settings.js";
import { outputMode } from "../../src/cli/output-mode.js";
import { parseChunkLength, parsePort, parseResolution, parseVideoLength, parseWord } from "../../src/cli/parse.js";
import { initialMeasurement } from "../../src/results/measurement.js";
import { summarise } from "../../src/results/summary.js";

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

test("a cloud server without an account is refused before anything starts", () => {
  expect(() => settings(["clip.mp4"], { server: "prod" })).toThrow(/needs an account/);
});

test("the two addresses go together and not with a name", () => {
  expect(() => settings(ACCOUNT, { restUrl: "http://localhost:1" })).toThrow(/go together/);
  expect(() => settings(ACCOUNT, { restUrl: "http://localhost:1", wsUrl: "ws://localhost:2", server: "qa" })).toThrow(
    /not both/,
  );
});

test("each mode has its own longest length", () => {
  expect(() => settings(["clip.mp4"], { videolength: 121 })).toThrow(/at most 120 s/);
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
  expect(() => parsePort("1.5")).toThrow(/whole/);
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
  expect(outputMode(asked, { ...tty, stdoutIsTty: false })).toBe("plain");
  expect(outputMode(asked, { ...tty, stdinIsTty: false })).toBe("plain");
  expect(outputMode(asked, { ...tty, env: { TERM: "dumb" } })).toBe("plain");
  expect(outputMode(asked, { ...tty, env: { CI: "" } })).toBe("plain");
  expect(outputMode(asked, { ...tty, env: { CI: "false" } })).toBe("dashboard");
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
