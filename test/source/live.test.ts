import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FfmpegBinary, resolveFfmpeg } from "../../src/source/ffmpeg-binary.js";
import { openSource } from "../../src/source/open.js";
import type { OpenedSource, OpenOptions } from "../../src/source/opened.js";
import { labelOf, parseSource } from "../../src/source/spec.js";
import { fifoPublisher, folderServer, mjpegPublisher, type Publisher, rtspPublisher } from "../helpers/publishers.js";
import { Clips, H264 } from "./clips.js";

// Sources that are lost and found again, from publishers on this machine that can be killed.

let ffmpeg: FfmpegBinary;
let clips: Clips;
const publishers: Publisher[] = [];

beforeAll(async () => {
  ffmpeg = await resolveFfmpeg({ env: process.env });
  clips = await Clips.in(ffmpeg);
  // Tests run side by side: what two of them use is made before.
  await small();
});

afterAll(async () => {
  await Promise.all(publishers.map((publisher) => publisher.close()));
  await clips.remove();
});

async function opened(publisher: Promise<Publisher>): Promise<Publisher> {
  publishers.push(await publisher);
  return publisher;
}

interface Read {
  readonly times: number[];
  readonly told: string[];
  readonly error: unknown;
}

/** Reads until something ends it; `at` acts on the way, by the number of the frame. */
async function read(
  address: string,
  options: Partial<OpenOptions> = {},
  at: (number: number, source: OpenedSource) => Promise<void> | void = () => {},
): Promise<Read & { readonly source: OpenedSource }> {
  const told: string[] = [];
  const times: number[] = [];
  const tell = (sentence: string): number => told.push(sentence);
  const source = await openSource(parseSource(address), { ffmpeg, maxS: 60, tell, ...options });
  let error: unknown;
  try {
    for await (const { timestampMs, number } of source.frames) {
      times.push(timestampMs);
      expect(number).toBe(times.length);
      await at(number, source);
    }
  } catch (thrown) {
    error = thrown;
  } finally {
    await source.close();
  }
  return { times, told, error, source };
}

function longest(times: readonly number[]): { lengthMs: number; index: number } {
  const steps = times.slice(1).map((ms, i) => ms - (times[i] ?? 0));
  const lengthMs = Math.max(...steps);
  return { lengthMs, index: steps.indexOf(lengthMs) + 1 };
}

/** A small clip whose key frames are close together. */
async function small(name = "small.mp4", seconds = 20): Promise<{ ffmpeg: string; clip: string; loops: number }> {
  const clip = await clips.moving(name, seconds, "96x72", "-g", "10", "-bf", "0");
  return { ffmpeg: ffmpeg.path, clip, loops: 0 };
}

describe.concurrent("a live source", () => {
  test("an RTSP camera that is killed and restarted goes on on one time line, with a gap", async () => {
    const publisher = await opened(rtspPublisher({ ...(await small()), password: "hunter2" }));
    const away: boolean[] = [];
    const { times, told, error, source } = await read(
      publisher.address,
      { patienceMs: 5000, onAway: (isAway) => away.push(isAway) },
      async (number, reading) => {
        if (number === 10) {
          const { stdout } = await promisify(execFile)("ps", ["-ww", "-o", "args=", "-p", String(reading.pid)]);
          expect(stdout).toMatch(/ffmpeg.*rtsp:\/\/127\.0\.0\.1:\d+\/live/);
          expect(stdout).not.toContain("hunter2");
        }
        if (number === 20)
          void publisher
            .kill()
            .then(() => wait(150))
            .then(() => publisher.restart());
        if (number === 45) await reading.close();
      },
    );
    expect(error).toBeUndefined();
    expect(times).toHaveLength(45);
    const { lengthMs, index } = longest(times);
    expect(index).toBeGreaterThanOrEqual(20);
    expect(lengthMs).toBeGreaterThan(150);
    // The clip begins anew, but time does not.
    expect(times.toSorted((a, b) => a - b)).toEqual(times);
    expect(told).toHaveLength(2);
    expect(away).toEqual([true, false]);
    const name = `rtsp://127.0.0.1:${new URL(publisher.address).port}/live`;
    expect(told[0]).toBe(`${name} is lost: looking for it`);
    expect(told[1]).toMatch(new RegExp(`^${name} is back after \\d\\.\\d s$`));
    expect(source.info.label).toBe(name);
    expect(source).toMatchObject({ clock: "container", isRealTime: true });
  });

  test("a feed that does not come back is lost after the time that was set", async () => {
    const clip = await clips.make(
      "small.mkv",
      "-f",
      "lavfi",
      "-i",
      "testsrc2=s=96x72:r=30",
      "-t",
      "5",
      "-c:v",
      "mjpeg",
    );
    const publisher = await opened(mjpegPublisher({ ffmpeg: ffmpeg.path, clip }));
    let killedAtMs = 0;
    const { error, told } = await read(publisher.address, {}, async (number) => {
      if (number !== 5) return;
      await publisher.kill();
      killedAtMs = performance.now();
    });
    expect(error).toMatchObject({
      code: "SOURCE_LOST",
      message: expect.stringMatching(/video was lost and did not come back within 1 s: check its connection/),
    });
    expect(performance.now() - killedAtMs).toBeLessThan(4000);
    expect(told).toHaveLength(1);
  });

  test("a password is not in what is said about a camera that refuses it", async () => {
    const publisher = await opened(rtspPublisher({ ...(await small()), password: "hunter2" }));
    const wrong = publisher.address.replace("hunter2", "sesame");
    const refused = openSource(parseSource(wrong), { ffmpeg, maxS: 60 });
    await expect(refused).rejects.toMatchObject({
      code: "SOURCE_UNREADABLE",
      message: `${labelOf(parseSource(wrong))} refuses access: give user and password in the address (rtsp://user:password@host/...).`,
    });
    expect(labelOf(parseSource(wrong))).not.toContain("sesame");
  });

  test("the writer of a FIFO may be restarted", async () => {
    const publisher = await opened(fifoPublisher(await small("short.mp4", 1), ["-c", "copy", "-f", "mpegts"]));
    let newest = 0;
    let backAt = Number.POSITIVE_INFINITY;
    // A writer that is back before anything was read would not be missed.
    const onAway = (isAway: boolean): void => {
      if (isAway) void publisher.restart();
      else backAt = newest;
    };
    const { times, told, error } = await read(
      publisher.address,
      { patienceMs: 20_000, onAway },
      async (number, reading) => {
        newest = number;
        if (number === 20) void publisher.kill();
        // What was in the pipe when its writer was killed may be lost.
        if (number >= backAt + 20) await reading.close();
      },
    );
    expect(error).toBeUndefined();
    expect(times.toSorted((a, b) => a - b)).toEqual(times);
    expect(told.map((sentence) => sentence.replace(/\d\.\d/, "n"))).toEqual([
      "camera is lost: looking for it",
      "camera is back after n s",
    ]);
  });

  test("bare Motion JPEG and bare H.264 in a FIFO are timed by their arrival, whatever their name", async () => {
    const asMjpeg = ["-c:v", "mjpeg", "-q:v", "3", "-f", "mjpeg"];
    const asH264 = ["-c:v", "copy", "-bsf:v", "h264_mp4toannexb", "-f", "h264"];
    const clip = await small("bare.mp4", 4);
    await Promise.all(
      [asMjpeg, asH264].map(async (output) => {
        const publisher = await opened(fifoPublisher(clip, output));
        const { times, source } = await read(publisher.address, {}, async (number, reading) => {
          if (number === 40) await reading.close();
        });
        expect(source).toMatchObject({ clock: "arrival", isRealTime: true });
        // By the count of 25 a second that ffmpeg assumes it would be 1560 ms, by its own clock 1300.
        expect(times.at(-1)).toBeGreaterThan(1200);
        expect(times.at(-1)).toBeLessThan(1450);
      }),
    );
  });

  test("a playlist with an end is read to its end, as fast as it comes", async () => {
    const clip = await small("played.mp4", 5);
    const list = clips.path("list.m3u8");
    await clips.make("list.m3u8", "-i", clip.clip, "-c", "copy", "-f", "hls", "-hls_time", "1", "-hls_list_size", "0");
    const server = await opened(folderServer(clips.folder));
    expect((await readFile(list, "utf8")).trimEnd()).toMatch(/#EXT-X-ENDLIST$/);
    const startMs = performance.now();
    const { times, error, source, told } = await read(`${server.address}/list.m3u8`);
    expect(error).toBeUndefined();
    expect(told).toEqual([]);
    expect(times).toHaveLength(150);
    expect(times.at(-1)).toBeCloseTo((149 * 1000) / 30, -1);
    expect(performance.now() - startMs).toBeLessThan(4000);
    expect(source).toMatchObject({ clock: "container", isRealTime: false });
  });

  test("an address that stops in the middle of a file is lost, not at its end", async () => {
    const file = await clips.make("whole.mkv", "-f", "lavfi", "-i", "testsrc2=s=96x72:r=30", "-t", "6", ...H264);
    const bytes = await readFile(file);
    const server = createServer((_, response) => {
      response.writeHead(200, { "content-length": bytes.length });
      response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { error, times } = await read(`http://127.0.0.1:${port}/whole.mkv`, { patienceMs: 200 });
    server.close();
    expect(times.length).toBeGreaterThan(30);
    expect(error).toMatchObject({ code: "SOURCE_LOST", message: expect.stringMatching(/ended at \d\.\d s of 6\.0 s/) });
  });

  test("a live source that is closed while it is looked for ends at once", async () => {
    const publisher = await opened(rtspPublisher(await small()));
    let closedAtMs = 0;
    const { error } = await read(publisher.address, { patienceMs: 60_000 }, async (number, source) => {
      if (number !== 3) return;
      await publisher.kill();
      setTimeout(() => {
        closedAtMs = performance.now();
        void source.close();
      }, 300);
    });
    expect(error).toBeUndefined();
    expect(performance.now() - closedAtMs).toBeLessThan(500);
  });
});
