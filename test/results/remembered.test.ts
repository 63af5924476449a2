import { expect, test } from "vitest";
import { remembered } from "../../src/results/remembered.js";

test("what is remembered is worked out once for each object, also when it is nothing", () => {
  const asked: object[] = [];
  const sizeOf = remembered((key: { readonly size: number }) => {
    asked.push(key);
    return key.size > 0 ? key.size : undefined;
  });
  const [one, none] = [{ size: 1 }, { size: 0 }];
  expect([sizeOf(one), sizeOf(none), sizeOf(one), sizeOf(none)]).toEqual([1, undefined, 1, undefined]);
  expect(asked).toEqual([one, none]);
});
