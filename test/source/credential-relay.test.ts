import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { answerTo } from "../../src/source/challenge.js";
import { CredentialRelay, hasSecrets } from "../../src/source/credential-relay.js";
import { type FfmpegBinary, resolveFfmpeg } from "../../src/source/ffmpeg-binary.js";
import { openSource } from "../../src/source/open.js";
import { parseSource } from "../../src/source/spec.js";
import { Clips } from "./clips.js";

let ffmpeg: FfmpegBinary;
let clips: Clips;

beforeAll(async () => {
  ffmpeg = await resolveFfmpeg({ env: process.env });
  clips = await Clips.in(ffmpeg);
  await clips.moving("small.mp4", 3, "96x72", "-g", "10");
  await clips.make("small.mkv", "-i", clips.path("small.mp4"), "-c", "copy");
  await clips.make("list.m3u8", "-i", clips.path("small.mp4"), "-c", "copy", "-f", "hls", "-hls_time", "1");
});

afterAll(() => clips.remove());

/** A web server that shows its files to those who log in, and keeps what it was asked. */
async function withServer(
  check: (request: IncomingMessage) => string | undefined,
  use: (host: string, asked: string[]) => Promise<void>,
): Promise<void> {
  const asked: string[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    asked.push(`${request.headers.host} ${request.url}`);
    const challenge = check(request);
    if (challenge !== undefined) {
      response.writeHead(401, { "www-authenticate": challenge }).end("log in first");
      return;
    }
    const name = new URL(request.url ?? "", "http://x").pathname.slice(1);
    response.end(await readFile(clips.path(name)));
  };
  const server = createServer((request, response) => void serve(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await use(`127.0.0.1:${(server.address() as AddressInfo).port}`, asked);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

interface Seen {
  readonly count: number;
  /** ffmpeg's line in the list of processes. */
  readonly processLine: string;
}

async function see(address: string): Promise<Seen> {
  const source = await openSource(parseSource(address), { ffmpeg, maxS: 60 });
  let count = 0;
  const { stdout } = await promisify(execFile)("ps", ["-ww", "-o", "args=", "-p", String(source.pid)]);
  try {
    for await (const { number } of source.frames) count = number;
  } finally {
    await source.close();
  }
  return { count, processLine: stdout };
}

const REALM = 'Digest realm="camera", nonce="abc123", qop="auth", algorithm=MD5';

/** Checks an answer as a server does: by giving it oneself. */
function digestCheck({ method = "", url = "", headers }: IncomingMessage): string | undefined {
  const given = headers.authorization ?? "";
  const part = (name: string): string => new RegExp(`${name}="?([^",]+)`).exec(given)?.[1] ?? "";
  const challenge = {
    scheme: "digest",
    parameters: { realm: "camera", nonce: "abc123", qop: "auth", algorithm: "MD5" },
  } as const;
  const count = Number.parseInt(part("nc"), 16);
  const expected = answerTo(challenge, { user: "me", password: "p@ss word" }, method, url, count, part("cnonce"));
  return given === expected ? undefined : REALM;
}

function basicCheck({ headers }: IncomingMessage): string | undefined {
  const expected = `Basic ${Buffer.from("me:hunter2").toString("base64")}`;
  return headers.authorization === expected ? undefined : 'Basic realm="camera"';
}

describe("an address with a name and a password", () => {
  test("is read after a digest, and neither password nor token is in the list of processes", async () => {
    await withServer(digestCheck, async (host, asked) => {
      const { count, processLine } = await see(`http://me:p%40ss%20word@${host}/small.mkv?token=sesame&x=1`);
      expect(count).toBe(90);
      expect(processLine).toContain("ffmpeg");
      expect(processLine).toContain("/small.mkv");
      expect(processLine).not.toMatch(/p%40ss|p@ss|sesame/);
      // The server sees the address as it was given.
      expect(new Set(asked)).toEqual(new Set([`${host} /small.mkv?token=sesame&x=1`]));
    });
  });

  test("may be a playlist, whose parts want the password, too", async () => {
    await withServer(basicCheck, async (host, asked) => {
      const { count, processLine } = await see(`http://me:hunter2@${host}/list.m3u8`);
      expect(count).toBe(90);
      expect(processLine).not.toContain("hunter2");
      expect(asked.filter((line) => line.endsWith(".ts")).length).toBeGreaterThanOrEqual(3);
    });
  });

  test("is refused in one sentence when it is the wrong one", async () => {
    await withServer(basicCheck, async (host, asked) => {
      await expect(see(`http://me:wrong@${host}/small.mkv`)).rejects.toMatchObject({
        code: "SOURCE_UNREADABLE",
        message: expect.stringMatching(new RegExp(`^http://${host}/small.mkv refuses access: `)),
      });
      // It is tried once with the password; more would lock an account.
      expect(asked.length).toBeLessThanOrEqual(4);
    });
  });
});

const canBeSomebodyElse = process.platform === "linux" && process.getuid?.() === 0;

test.skipIf(!canBeSomebodyElse)(
  "another user of the computer gets nothing from the relay (as root on Linux, who can be another)",
  async () => {
    await withServer(basicCheck, async (host, asked) => {
      const relay = await CredentialRelay.to(`http://me:hunter2@${host}/small.mkv`);
      const request = `require("node:http").get(${JSON.stringify(relay.address)})`;
      const script = `${request}.on("response", (r) => console.log(r.resume().statusCode)).on("error", () => console.log("nothing"))`;
      const said = async (ids: object): Promise<string> =>
        (await promisify(execFile)(process.execPath, ["-e", script], { cwd: "/", env: {}, ...ids })).stdout.trim();
      expect(await said({ uid: 65_534, gid: 65_534 })).toBe("nothing");
      expect(asked).toEqual([]);
      expect(await said({})).toBe("200");
      relay.close();
    });
  },
);

/** The certificate of a server in other tests: it vouches for itself. */
function pem(name: string): Promise<Buffer> {
  return readFile(new URL(`../server/tls/${name}.pem`, import.meta.url));
}

test("a password is not sent to a server whose certificate nobody vouches for", async () => {
  const asked: string[] = [];
  const server = createTlsServer(
    { key: await pem("server-key"), cert: await pem("server-cert") },
    (request, response) => {
      asked.push(request.url ?? "");
      response.end();
    },
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  // Nor when Node was told not to care.
  for (const setting of ["1", "0"]) {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", setting);
    await expect(see(`https://me:hunter2@127.0.0.1:${port}/small.mkv`)).rejects.toMatchObject({
      code: "SOURCE_UNREADABLE",
      message: expect.stringMatching(/has a certificate that this computer does not trust/),
    });
  }
  vi.unstubAllEnvs();
  server.close();
  expect(asked).toEqual([]);
});

test("what is secret in an address is told by its name and password, and by the names of its parameters", () => {
  for (const secret of [
    "http://me:x@cam/",
    "rtsp://me@cam/live",
    "http://cam/?access_token=1",
    "http://cam/?Signature=a",
  ])
    expect(hasSecrets(secret), secret).toBe(true);
  for (const open of ["http://cam/video?camera=1", "rtsp://cam:554/live", "http://cam/auth/video"])
    expect(hasSecrets(open), open).toBe(false);
});
