import * as fc from "fast-check";
import { expect, test } from "vitest";

import { agreementOf, groupsOf, isWrong, type OtherValue, totalsOf } from "../../src/evaluate/metrics.js";
import { rowWith } from "./rows.js";

test("agreement is what the formulas give by hand", () => {
  // Differences 1, -1, 4, 0. Deviations of the truth -15 -5 5 15, of the values -15 -7 8 14: r = 510 / sqrt(500 * 534).
  const agreement = agreementOf([
    { truth: 60, value: 61 },
    { truth: 70, value: 69 },
    { truth: 80, value: 84 },
    { truth: 90, value: 90 },
  ]);
  expect(agreement.count).toBe(4);
  expect(agreement.mae).toBe(1.5);
  expect(agreement.rmse).toBeCloseTo(Math.sqrt(4.5), 12);
  expect(agreement.r).toBeCloseTo(510 / Math.sqrt(267_000), 12);
  expect(agreement.withinShare).toBe(0.75);
  expect(agreement.worst).toBe(4);
  expect(agreement.medianError).toBe(1);
  expect(agreement.bias).toBe(1);
  expect(agreement.deviation).toBeCloseTo(Math.sqrt(14 / 3), 12);
});

test("exactly three off is within three", () => {
  expect(agreementOf([{ truth: 70, value: 73 }]).withinShare).toBe(1);
  expect(isWrong(70, 73)).toBe(false);
  expect(isWrong(70, 73.01)).toBe(true);
});

test("nothing to compare gives no figures instead of zeros", () => {
  const { count, mae, rmse, r, withinShare, worst } = agreementOf([]);
  expect(count).toBe(0);
  for (const figure of [mae, rmse, r, withinShare, worst]) expect(figure).toBeNaN();
});

test("the mean error is never above the root mean square, nor that above the worst", () => {
  const pair = fc.record({
    truth: fc.double({ min: 40, max: 200, noNaN: true }),
    value: fc.double({ min: 40, max: 200, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(pair, { minLength: 1 }), (pairs) => {
      const { mae, rmse, worst, withinShare } = agreementOf(pairs);
      expect(mae).toBeLessThanOrEqual(rmse + 1e-9);
      expect(rmse).toBeLessThanOrEqual(worst + 1e-9);
      expect(withinShare).toBeGreaterThanOrEqual(0);
      expect(withinShare).toBeLessThanOrEqual(1);
    }),
    { seed: 3 },
  );
});

test("refusals, false answers and answers are counted apart", () => {
  const totals = totalsOf("all", [
    rowWith({ truthBpm: 70, bpm: 71, plainBpm: 75 }),
    rowWith({ truthBpm: 80, bpm: 90, plainBpm: 80 }),
    rowWith({ truthBpm: 90, bpm: undefined, plainBpm: 60 }),
    rowWith({ truthBpm: null, bpm: 66, plainBpm: 60 }),
    rowWith({ truthBpm: null, bpm: undefined, plainBpm: 61 }),
    rowWith({ truthBpm: undefined, bpm: 50, plainBpm: 51 }),
  ]);
  expect(totals).toMatchObject({ withPulse: 3, withoutPulse: 2, refused: 1, falseConfident: 2, plainFalse: 4 });
  expect(totals.ours).toMatchObject({ count: 2, mae: 5.5, worst: 10 });
  expect(totals.plain).toMatchObject({ count: 3, mae: 35 / 3 });
  expect(totals.plainSame).toMatchObject({ count: 2, mae: 2.5 });
});

test("a clip without a face counts as refused, for the plain pipeline as well", () => {
  const totals = totalsOf("all", [rowWith({ bpm: undefined, plainBpm: undefined })]);
  expect(totals.refused).toBe(1);
  expect(totals.plain.count).toBe(0);
});

test("rows are grouped by kind and by condition, and a group that nobody knows the truth of is left out", () => {
  const groups = groupsOf([
    rowWith({ kind: "b", conditions: ["dark skin", "low light"] }),
    rowWith({ kind: "a", conditions: ["dark skin"] }),
    rowWith({ kind: "unknown", truthBpm: undefined }),
  ]);
  expect(groups.map(({ group, withPulse }) => [group, withPulse])).toEqual([
    ["all", 2],
    ["a", 1],
    ["b", 1],
    ["dark skin", 2],
    ["low light", 1],
  ]);
});

function sdnn(truth: number | undefined, value: number | undefined): OtherValue[] {
  return [{ id: "HRV_SDNN", truth, value }];
}

test("other metrics are compared where both sides are known", () => {
  const { others } = totalsOf("all", [
    rowWith({ others: sdnn(50, 56) }),
    rowWith({ others: sdnn(40, undefined) }),
    rowWith({ others: sdnn(undefined, 70) }),
  ]);
  expect(others).toHaveLength(1);
  expect(others[0]).toMatchObject({ id: "HRV_SDNN", known: 2, agreement: { count: 1, mae: 6 } });
});
