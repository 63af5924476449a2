import { assert, constantFrom, property, string } from "fast-check";
import { expect, test, vi } from "vitest";

import { type Column, csvOf, detailsOf, isoTime, jsonOf, tableOf, utcMinute, utcTime } from "../../src/cli/records.js";

interface Row {
  readonly id: string;
  readonly text: string;
  readonly count?: number | undefined;
}

const COLUMNS: readonly Column<Row>[] = [
  { name: "ID", title: "ID", value: ({ id }) => id },
  { name: "Text", title: "Text", value: ({ text }) => text, flexible: true },
  { name: "Count", title: "Count", value: ({ count }) => count, right: true },
  { name: "Hidden", value: ({ text }) => text.length },
];

/** What moves a cursor or turns the direction of a text. */
const MOVES = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u;

function csvField(text: string): string {
  const [, line = ""] = csvOf([{ name: "x", value: (row: string) => row }], [text]).split(/^x\r\n/);
  return line.slice(0, -2);
}

/** Reads RFC 4180 back. */
function fieldsOf(csv: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n"]*))(,|\r\n)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? "");
    if (end === "\r\n") rows.push([]);
  }
  return rows.slice(0, -1);
}

test("a table fits its width; what gives way is cut and marked, an ID never", () => {
  const rows = [
    { id: "0123456789", text: "a text that is longer than the line can be", count: 7 },
    { id: "x", text: "short" },
  ];
  expect(tableOf(COLUMNS, rows, 34)).toBe(
    "ID          Text             Count\n" +
      "0123456789  a text that is…      7\n" +
      "x           short                -\n",
  );
  expect(tableOf(COLUMNS, rows, 5)).toContain("0123456789  a tex…      7\n");
});

test("wide and combining characters keep the columns straight", () => {
  const rows = [
    { id: "1", text: "心拍数の測定", count: 1 },
    { id: "2", text: "e\u0301te\u0301", count: 2 },
    { id: "3", text: "👨‍👩‍👧 family", count: 3 },
  ];
  expect(tableOf(COLUMNS, rows, 80)).toBe(
    "ID  Text          Count\n" +
      "1   心拍数の測定      1\n" +
      "2   e\u0301te\u0301               2\n" +
      "3   👨‍👩‍👧 family         3\n",
  );
  expect(tableOf(COLUMNS, rows.slice(0, 1), 19)).toBe("ID  Text      Count\n1   心拍数…       1\n");
});

test("nothing in a record moves the cursor or turns the text", () => {
  const evil = "a\u001b[2J\u009b31m\r\nb\u202egnp.exe\u2028c";
  for (const shown of [tableOf(COLUMNS, [{ id: evil, text: evil }], 200), detailsOf([["k\u001b", evil]], 80)]) {
    expect(shown.replaceAll("\n", "")).not.toMatch(MOVES);
  }
  expect(tableOf(COLUMNS, [{ id: evil, text: evil }], 200).split("\n")).toHaveLength(3);
  expect(jsonOf({ evil }).replaceAll("\n", "")).not.toMatch(MOVES);
  expect(JSON.parse(jsonOf({ evil }))).toEqual({ evil });
});

test("details go on below themselves and leave out what is not there", () => {
  const pairs = [
    ["Name", "a description of several words that does not fit"],
    ["Nothing", undefined],
    ["None", null],
    ["Zero", 0],
  ] as const;
  expect(detailsOf(pairs, 30)).toBe("Name  a description of several\n      words that does not fit\nZero  0\n");
});

test("CSV is quoted as RFC 4180 asks for", () => {
  expect(csvOf(COLUMNS, [{ id: 'say "hi"', text: "a, b\r\nc", count: -0.5 }])).toBe(
    'ID,Text,Count,Hidden\r\n"say ""hi""","a, b\r\nc",-0.5,7\r\n',
  );
  expect(csvOf(COLUMNS, [])).toBe("ID,Text,Count,Hidden\r\n");
});

test("a spreadsheet takes no text for a formula, and numbers stay numbers", () => {
  for (const text of ["=1+1", "+49 30", "-cmd", "@SUM(A1)", "\t=1", " =1", "\u0000=1", "＝1+1", "\rx"]) {
    expect(csvField(text).replace(/^"/, "")).toMatch(/^'/);
  }
  for (const text of ["-12", "-0.5", "-1e-7", "2026-11-22", "a=b", "'quoted"]) expect(csvField(text)).toBe(text);
});

const anyText = string({ unit: constantFrom(...Array.from("=+-@'\",;\t\r\n \u0000\u200baé漢1.")), maxLength: 8 });

test("whatever a record holds, CSV can be read back and begins no formula", () => {
  assert(
    property(anyText, anyText, (id, text) => {
      const [, row] = fieldsOf(csvOf(COLUMNS, [{ id, text, count: 1 }]));
      expect(
        row?.map((field, index) => (field.startsWith("'") && field !== [id, text][index] ? field.slice(1) : field)),
      ).toEqual([id, text, "1", String(text.length)]);
      for (const field of row?.slice(0, 2) ?? []) {
        expect(field).not.toMatch(/^[=+@\t\r\n]/);
        if (field.startsWith("-")) expect(Number.isNaN(Number(field))).toBe(false);
      }
    }),
    { seed: 4, numRuns: 500 },
  );
});

test("times are in UTC, wherever the computer is: ISO for programs, labelled for people", () => {
  expect(isoTime(1_790_000_000)).toBe("2026-09-21T14:13:20.000Z");
  expect([isoTime(undefined), isoTime(1e300), isoTime(Number.NaN)]).toEqual([undefined, undefined, undefined]);
  vi.stubEnv("TZ", "Asia/Tokyo");
  expect(utcTime(1_790_000_000)).toBe("2026-09-21 14:13 UTC");
  expect(utcMinute(1_790_000_000)).toBe("2026-09-21 14:13");
  expect([utcTime(null), utcMinute(null)]).toEqual(["-", "-"]);
  vi.unstubAllEnvs();
});
