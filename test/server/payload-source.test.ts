import { expect, test } from "vitest";

import { PayloadSource } from "../../src/server/payload-source.js";
import type { MeasurementTable } from "../../src/server/store/measurement-table.js";
import { payloadBytes } from "./harness.js";

/** A table that notes what is read from it, "generation from-to". */
function noting(): { table: MeasurementTable; read: string[] } {
  const read: string[] = [];
  const payloads: MeasurementTable["payloads"] = (_id, generation, from, to) => {
    read.push(`${generation} ${from}-${to}`);
    return Array.from({ length: to - from + 1 }, (_, index) => ({
      order: from + index,
      payload: payloadBytes(from + index, 2),
    }));
  };
  return { table: { payloads } as MeasurementTable, read };
}

test("what was read is not read again, until it is forgotten or another generation is asked for", () => {
  const { table, read } = noting();
  const source = new PayloadSource(table);
  expect(source.upTo("m", 0, 1).map(({ chunkNumber }) => chunkNumber)).toEqual([0, 1]);
  expect(source.upTo("m", 0, 3)).toHaveLength(4);
  expect(source.upTo("m", 1, 0)).toHaveLength(1);
  source.forget("m", 0);
  expect(source.upTo("m", 0, 2)).toHaveLength(3);
  expect(read).toEqual(["0 0-1", "0 2-3", "1 0-0", "0 0-2"]);
});

test("one that goes back reads anew, and gives no more than it was asked for", () => {
  const { table, read } = noting();
  const source = new PayloadSource(table);
  source.upTo("m", 0, 3);
  expect(source.upTo("m", 0, 1)).toHaveLength(2);
  expect(read).toEqual(["0 0-3", "0 0-1"]);
});
