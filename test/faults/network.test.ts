import { describe, expect, test } from "vitest";

import { type Fault, type Moment, type Passing, type Step } from "../helpers/fault-proxy.js";
import { isLong, longTest, outcomeOf, Scene, undisturbed } from "./scene.js";

// The server and the way to it, at every step of the protocol.

const CHUNKS = 3;
const expected = undisturbed((scene) => ["--from-chunks", scene.savedChunks(CHUNKS)]);

const STEPS: readonly Step[] = [
  "register",
  "log in",
  "create user",
  "create",
  "open socket",
  "subscribe",
  "add",
  "retrieve",
];
const METHODS = ["REST", "websocket"] as const;

interface Case {
  readonly step: Step;
  readonly moment: Moment;
  readonly fault: Fault;
  readonly method: (typeof METHODS)[number];
  /** Which time it happens, from 1; of `add`, every time in the middle counts by itself. */
  readonly at: number;
}

function allCases(faults: readonly Fault[]): Case[] {
  return METHODS.flatMap((method) =>
    STEPS.flatMap((step) =>
      (["before", "after"] as const).flatMap((moment) =>
        faults.flatMap((fault) =>
          (step === "add" ? [1, 2, 3] : [1]).map((at) => ({ step, moment, fault, method, at })),
        ),
      ),
    ),
  );
}

/** One of each kind is enough for every day. */
const SHORT: readonly Case[] = [
  { step: "add", moment: "after", fault: "crash", method: "REST", at: 2 },
  { step: "add", moment: "after", fault: "cut", method: "websocket", at: 2 },
];

async function play({ step, moment, fault, method, at }: Case): Promise<void> {
  let hasHappened = false;
  const happens = (passing: Passing): Fault | undefined => {
    if (hasHappened || passing.step !== step || passing.moment !== moment || passing.count !== at) return undefined;
    hasHappened = true;
    return fault;
  };
  // A server that is a process of its own is killed.
  const scene = isLong && fault === "crash" ? await Scene.withProcess(happens) : await Scene.set(happens, 800);
  const story = `${method}: ${fault} ${moment} ${step} ${at}`;
  const finished = await scene.measure(["--from-chunks", scene.savedChunks(CHUNKS), "--send_method", method]).finished;
  scene.expectSound(finished, story);
  if (finished.status === 0) expect(outcomeOf(finished), story).toEqual(await expected());
  else await scene.expectRecovery(await expected(), undefined, story);
  await scene.close();
}

describe("the server crashes and comes back, or the connection is cut or slow", () => {
  const cases = isLong ? allCases(["crash", "cut", "slow"]) : SHORT;
  for (const each of cases) {
    test(`${each.method}: ${each.fault} ${each.moment} ${each.step} ${each.at}`, async () => {
      await play(each);
    });
  }
});

longTest(
  "a connection that stays and says nothing any more (half-open) is given up in time",
  async () => {
    // These wait for time-outs, not for the processor.
    await Promise.all(
      allCases(["hang"])
        .filter(({ at }) => at === 1)
        .map(play),
    );
  },
  900_000,
);

longTest("a server that is gone for good ends the measurement in one sentence, and it goes on later", async () => {
  let isGone = false;
  const scene = await Scene.set((passing) => {
    isGone ||= passing.step === "add" && passing.count === 2;
    return isGone ? "cut" : undefined;
  });
  const failed = await scene.measure(["--from-chunks", scene.savedChunks(CHUNKS)]).finished;
  expect(failed.status).toBe(5);
  scene.expectSound(failed);
  await scene.expectRecovery(await expected());
  await scene.close();
});
