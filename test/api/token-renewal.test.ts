import { expect, test } from "vitest";

import { Bearer, type TokenSource } from "../../src/api/token-source.js";
import type { StubReply, StubScript } from "../helpers/stub-server.js";
import { add, failureOf, withSession } from "./with-session.js";

const EXPIRED = { status: 401, body: { Code: "TOKEN_EXPIRED" } } as const;

/** A source whose first token is "old"; each renewal gives the next of `next`, and none is left when it is empty. */
function tokens(...next: string[]): TokenSource & { readonly renewals: number } {
  const source = {
    token: "old",
    renewals: 0,
    renew: async (): Promise<boolean> => {
      source.renewals += 1;
      await Promise.resolve();
      const token = next.shift();
      if (token !== undefined) source.token = token;
      return token !== undefined;
    },
  };
  return source;
}

/** Takes one token and answers all others with TOKEN_EXPIRED. */
function takesOnly(token: string): StubScript {
  return {
    rest: ({ headers }): StubReply | undefined => (headers.authorization === `Bearer ${token}` ? undefined : EXPIRED),
  };
}

test("with a token source nobody logs in", async () => {
  await withSession({}, { access: tokens(), sendMethod: "REST" }, async (joined) => {
    await add(joined, 0);
    expect(joined.stub.requests.map(({ path, headers }) => [path.split("/").at(-1), headers.authorization])).toEqual([
      ["data", "Bearer old"],
    ]);
  });
});

test("a token that expires in the middle is renewed and the chunk goes out once more", async () => {
  const access = tokens("new");
  await withSession(takesOnly("new"), { access, sendMethod: "REST" }, async (joined) => {
    for (const number of [0, 1, 2]) await add(joined, number);
    expect(joined.stub.stored).toEqual([0, 1, 2]);
    expect(joined.stub.requests).toHaveLength(4);
    expect(access.renewals).toBe(1);
  });
});

test("a token that cannot be renewed ends in one sentence, without a second try", async () => {
  const access = tokens();
  await withSession(takesOnly("none"), { access, sendMethod: "REST" }, async (joined) => {
    expect(await failureOf(add(joined, 0))).toMatchObject({
      code: "AUTH",
      dfxCode: "TOKEN_EXPIRED",
      message: "The login at server stub has expired and cannot be renewed. Log in again.",
    });
    expect(access.renewals).toBe(1);
    expect(joined.stub.requests).toHaveLength(1);
  });
});

test("a renewed token that is refused too is not renewed for ever", async () => {
  const access = tokens("new", "newer", "newest");
  await withSession(takesOnly("none"), { access, sendMethod: "REST" }, async (joined) => {
    expect(await failureOf(add(joined, 0))).toMatchObject({ code: "AUTH", dfxCode: "TOKEN_EXPIRED" });
    expect(access.renewals).toBe(1);
  });
});

test("callers that meet the same expired token share one renewal, and a late one takes its fruit", async () => {
  const source = tokens("new", "newer");
  const secrets: string[] = [];
  const bearer = new Bearer(source, (secret) => {
    secrets.push(secret);
  });
  expect(await Promise.all([bearer.replace("old"), bearer.replace("old"), bearer.replace("old")])).toEqual([
    true,
    true,
    true,
  ]);
  expect(await bearer.replace("old")).toBe(true);
  expect(source.renewals).toBe(1);
  expect(await bearer.replace("new")).toBe(true);
  expect(bearer.token).toBe("newer");
  expect(secrets).toEqual(["old", "new", "newer"]);
});
