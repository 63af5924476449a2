import { expect, test } from "vitest";
import { capabilityOf } from "../../src/view/capability.js";

const UTF8 = { LANG: "en_US.UTF-8", TERM: "xterm-256color" };

test("truecolor is believed when COLORTERM says so", () => {
  expect(capabilityOf({ ...UTF8, COLORTERM: "truecolor" }).picture).toBe("truecolor");
  expect(capabilityOf({ ...UTF8, COLORTERM: "24bit" }).picture).toBe("truecolor");
  expect(capabilityOf(UTF8).picture).toBe("palette");
});

test("inside tmux and screen COLORTERM is hearsay", () => {
  expect(capabilityOf({ ...UTF8, COLORTERM: "truecolor", TMUX: "/tmp/tmux,1,0" }).picture).toBe("palette");
  expect(capabilityOf({ ...UTF8, COLORTERM: "truecolor", TERM: "screen-256color" }).picture).toBe("palette");
  expect(capabilityOf({ ...UTF8, TERM: "tmux-direct", TMUX: "x" }).picture).toBe("truecolor");
});

test("NO_COLOR means no colour anywhere, also not in the picture", () => {
  const capability = capabilityOf({ ...UTF8, COLORTERM: "truecolor", NO_COLOR: "1" });
  expect(capability).toEqual({ color: false, unicode: true, picture: "ascii" });
  expect(capabilityOf({ ...UTF8, NO_COLOR: "" }).color).toBe(true);
});

test("the locale variable that POSIX prefers decides about the characters", () => {
  expect(capabilityOf({ ...UTF8, LC_ALL: "C" })).toEqual({ color: true, unicode: false, picture: "ascii" });
  expect(capabilityOf({ LANG: "C", LC_CTYPE: "C.utf8", TERM: "xterm" }).unicode).toBe(true);
  expect(capabilityOf({ TERM: "xterm" }).unicode).toBe(true);
  expect(capabilityOf({ TERM: "linux" }).unicode).toBe(false);
});

test("a dumb terminal gets neither colours nor drawings", () => {
  expect(capabilityOf({ ...UTF8, TERM: "dumb" })).toEqual({ color: false, unicode: false, picture: "ascii" });
});
