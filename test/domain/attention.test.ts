import { expect, test } from "vitest";
import { callBack } from "../../src/domain/attention.js";

const BOTH = { bell: true, notify: true };
const OUTSIDE = { TERM: "xterm-256color" };

test("who is called back hears and sees what was asked for", () => {
  expect(callBack(BOTH, "done", OUTSIDE)).toBe("\u0007\u001B]9;done\u0007");
  expect(callBack({ bell: false, notify: false }, "done", OUTSIDE)).toBe("");
});

test("the message gets through tmux and GNU screen", () => {
  const notify = { bell: false, notify: true };
  const tmux = callBack(notify, "done", { ...OUTSIDE, TMUX: "/tmp/tmux,1,0", STY: "1.pts" });
  expect(tmux).toBe("\u001BPtmux;\u001B\u001B]9;done\u0007\u001B\\");
  expect(callBack(notify, "done", { ...OUTSIDE, STY: "1.pts" })).toBe("\u001BP\u001B]9;done\u0007\u001B\\");
});

test("a terminal that knows no escape sequence only rings", () => {
  expect(callBack(BOTH, "done", { TERM: "dumb" })).toBe("\u0007");
});
