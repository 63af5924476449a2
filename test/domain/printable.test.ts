import { expect, test } from "vitest";

import { printable } from "../../src/domain/printable.js";

test("what acts instead of being shown becomes a space; letters of all scripts stay", () => {
  expect(printable("a\u001b[31mb\u0000\u009bc\r\nd")).toBe("a [31mb c d");
  expect(printable("invoice\u202Egnp.exe \u2066x\u2069 1\u20282\u20293 \ud800")).toBe("invoice gnp.exe  x  1 2 3  ");
  for (const text of ["übung 測定 قياس 👩‍⚕️", "a\u00adb", "0\u20ac"]) expect(printable(text)).toBe(text);
});
