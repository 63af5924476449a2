import { expect, test } from "vitest";

import { noteText } from "../../src/domain/notes.js";
import { KNOWN_SIGNALS, signalInfo } from "../../src/domain/result.js";

/** Words that every object answers to; a server may send any word. */
const INHERITED = ["constructor", "toString", "__proto__", "hasOwnProperty"];

test("a known note is a sentence, an unknown one is shown without its prefix", () => {
  expect(noteText("NOTE_FACE_MISSING")).toBe("the face was not visible for long enough");
  expect(noteText("NOTE_SOMETHING_NEW")).toBe("something new");
  for (const word of INHERITED) expect(noteText(word)).toBe(word.toLowerCase().replaceAll("_", " "));
});

test("a known signal has a label and a unit, an unknown one goes by its ID", () => {
  expect(signalInfo("HR_BPM")).toEqual({ label: "Heart rate", unit: "bpm" });
  for (const id of ["NEW_SIGNAL", ...INHERITED]) expect(signalInfo(id)).toEqual({ label: id, unit: "" });
  expect(KNOWN_SIGNALS.slice(0, 2)).toEqual(["HR_BPM", "SNR"]);
});
