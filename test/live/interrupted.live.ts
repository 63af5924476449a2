import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { clip, freshFolder, jsonLines, run, start, summaryOf } from "../helpers/program.js";
import { fifoPublisher, mjpegPublisher, type Publisher, publishedClip, rtspPublisher } from "../helpers/publishers.js";

// The real program at a publisher that is killed, and comes back at once or not at all.

const [asH264, asMjpeg] = await Promise.all([publishedClip("H.264"), publishedClip("Motion JPEG")]);

const SOURCES: Readonly<Record<string, () => Promise<Publisher>>> = {
  RTSP: () => rtspPublisher(asH264),
  "Motion JPEG over HTTP": () => mjpegPublisher(asMjpeg),
  "a FIFO with MPEG-TS": () => fifoPublisher(asH264, ["-c", "copy", "-f", "mpegts"]),
};

interface Interrupted {
  readonly ended: Awaited<ReturnType<typeof run>>;
  readonly stateDir: string;
}

/** Measures 18 s, and does something to the publisher in their middle. */
async function interrupted(
  publish: Promise<Publisher>,
  act: (publisher: Publisher) => Promise<void>,
): Promise<Interrupted> {
  const publisher = await publish;
  const stateDir = freshFolder("interrupted");
  const length = ["--json", "--chunklength", "5", "--videolength", "18", "--state-dir", stateDir];
  const { child, finished } = start(["measure", publisher.address, ...length]);
  let acted = false;
  let said = "";
  child.stdout?.on("data", (data: Buffer) => {
    said += data.toString();
    const newest = jsonLines(said.slice(0, said.lastIndexOf("\n") + 1)).at(-1);
    if (acted || newest?.["type"] !== "progress" || Number(newest["positionS"]) < 8) return;
    acted = true;
    void act(publisher);
  });
  const ended = await finished;
  await publisher.close();
  return { ended, stateDir };
}

for (const [name, publish] of Object.entries(SOURCES)) {
  describe(`${name}, killed in the middle of a measurement`, () => {
    test("and restarted at once: the gap is marked, and the rate is that of the file", async () => {
      const asFile = summaryOf(await run(["measure", clip, "--json", "--videolength", "18", "--chunklength", "5"]));
      const { ended } = await interrupted(publish(), async (publisher) => {
        await publisher.kill();
        await publisher.restart();
      });
      expect(ended.status, ended.stderr).toBe(0);
      const { capture, metrics, status } = summaryOf(ended);
      process.stdout.write(`${name}: ${metrics["HR_BPM"]?.mean}, ${JSON.stringify(capture)}\n`);
      expect(status).toBe("completed");
      expect(JSON.stringify(capture?.notes)).toMatch(/0\.\d s without a picture at \d+\.\d s/);
      expect(Math.abs((metrics["HR_BPM"]?.mean ?? 0) - (asFile.metrics["HR_BPM"]?.mean ?? 0))).toBeLessThanOrEqual(2);
    });

    // What stands in a FIFO has an end, and nobody tells it from a loss.
    if (name.startsWith("a FIFO")) return;

    test("and restarted too late: it fails in one sentence, all is kept, and resume brings it to its end", async () => {
      const { ended, stateDir } = await interrupted(publish(), async (publisher) => {
        await publisher.kill();
        await wait(3_000);
        await publisher.restart().catch(() => undefined);
      });
      expect(ended.status, ended.stdout.slice(-300)).toBe(6);
      expect(ended.stderr).toMatch(/^dfxterm: [^\n]*was lost[^\n]*\n$/);
      const { paths } = summaryOf(ended);
      expect(readdirSync(join(paths.folder ?? "", "chunks")).filter((each) => each.startsWith("payload"))).toHaveLength(
        2,
      );
      const resumed = await run(["resume", "--last", "--json", "--state-dir", stateDir]);
      expect(resumed.status, resumed.stderr).toBe(0);
      expect(summaryOf(resumed)).toMatchObject({ status: "completed", chunks: { extracted: 2, results: 2 } });
    });
  });
}

test("a FIFO whose writer is gone for good has ended, which is said, and all of it counts", async () => {
  const publisher = fifoPublisher(asH264, ["-c", "copy", "-f", "mpegts"]);
  const { ended } = await interrupted(publisher, (each) => each.kill());
  expect(ended.status, ended.stderr).toBe(0);
  const { capture, chunks } = summaryOf(ended);
  expect(JSON.stringify(capture?.notes)).toMatch(/ended after \d+\.\d s of 18\.0 s/);
  expect(chunks).toMatchObject({ extracted: 2, acknowledged: 2, results: 2 });
});
