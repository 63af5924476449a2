import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { resolveFfmpeg } from "../../src/source/ffmpeg-binary.js";
import { clip, freshFolder } from "./program.js";

// Publishers of a clip as the things that dfxterm reads live: each plays it at its own pace, from the start for
// everyone who connects, and can be killed and restarted at the same address.

/** Something that a measurement can be pointed at. */
export interface Publisher {
  /** The source argument. */
  readonly address: string;
  /** As if its process had been killed: every connection breaks, and nobody answers any more. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Ends it for good. */
  close(): Promise<void>;
}

export interface Published {
  readonly ffmpeg: string;
  readonly clip: string;
  /** How often it is played again; -1 without an end. */
  readonly loops?: number;
}

/** As network cameras send it: it can be entered every half second. */
const H264 = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "15", "-g", "15", "-bf", "0"];
const MJPEG = ["-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj420p"];

/** The bundled clip without an end, ready to be sent without being encoded again. */
export async function publishedClip(codec: "H.264" | "Motion JPEG"): Promise<Published> {
  const { path: ffmpeg } = await resolveFfmpeg({ env: process.env });
  const made = join(freshFolder("published"), "clip.mkv");
  const output = codec === "H.264" ? H264 : MJPEG;
  await promisify(execFile)(ffmpeg, ["-v", "error", "-nostdin", "-i", clip, ...output, made]);
  return { ffmpeg, clip: made, loops: -1 };
}

function play(published: Published, output: readonly string[]): ChildProcess {
  const { ffmpeg, clip: file, loops = 0 } = published;
  const input = ["-v", "quiet", "-nostdin", "-y", "-re", "-stream_loop", String(loops), "-i", file];
  return spawn(ffmpeg, [...input, ...output], { stdio: ["ignore", "pipe", "ignore"] });
}

/** A network server that can break all its connections and come back on the same port. */
class Restartable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;

  constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {}).on("close", () => this.#sockets.delete(socket));
    });
  }

  get port(): number {
    return this.#port;
  }

  async listen(): Promise<void> {
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

async function networkPublisher(
  server: Server,
  address: (port: number) => string,
  end: () => void,
): Promise<Publisher> {
  const restartable = new Restartable(server);
  await restartable.listen();
  const kill = async (): Promise<void> => {
    await restartable.stop();
    end();
  };
  return { address: address(restartable.port), kill, restart: () => restartable.listen(), close: kill };
}

/** Motion JPEG in multipart/x-mixed-replace, as network cameras send it. */
export async function mjpegPublisher(published: Published): Promise<Publisher> {
  const players = new Set<ChildProcess>();
  const server = createHttpServer((_request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(200, { "content-type": "multipart/x-mixed-replace; boundary=ffmpeg" });
    const output = [
      "-c:v",
      "mjpeg",
      "-q:v",
      "2",
      "-pix_fmt",
      "yuvj420p",
      "-f",
      "mpjpeg",
      "-boundary_tag",
      "ffmpeg",
      "-",
    ];
    const player = play(published, output);
    players.add(player);
    player.stdout?.on("error", () => {}).pipe(response);
    response.on("close", () => {
      players.delete(player);
      player.kill("SIGKILL");
    });
  });
  const end = (): void => players.forEach((player) => player.kill("SIGKILL"));
  // The path of a real camera; nothing in it says what comes.
  return networkPublisher(server, (port) => `http://127.0.0.1:${port}/axis-cgi/video?camera=1`, end);
}

/** What a folder's files are when a browser asks for them. */
export async function folderServer(folder: string): Promise<Publisher> {
  const server = createHttpServer((request, response) => {
    const name = (request.url ?? "/").slice(1).split("?", 1)[0] ?? "";
    try {
      response.end(readFileSync(join(folder, name)));
    } catch {
      response.writeHead(404).end();
    }
  });
  return networkPublisher(
    server,
    (port) => `http://127.0.0.1:${port}`,
    () => {},
  );
}

/** A playlist of short segments that grows as the clip plays, and drops the oldest. */
export async function hlsPublisher(published: Published): Promise<Publisher> {
  const folder = mkdtempSync(join(tmpdir(), "dfxterm-hls-"));
  const list = join(folder, "live.m3u8");
  const output = [
    "-c",
    "copy",
    "-f",
    "hls",
    "-hls_time",
    "1",
    "-hls_list_size",
    "6",
    "-hls_flags",
    "delete_segments",
    list,
  ];
  const player = play(published, output);
  const server = await folderServer(folder);
  while (!existsSync(list)) await wait(50);
  return {
    ...server,
    address: `${server.address}/live.m3u8`,
    close: async () => {
      player.kill("SIGKILL");
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A FIFO that a process of its own fills. */
export async function fifoPublisher(published: Published, output: readonly string[]): Promise<Publisher> {
  const folder = mkdtempSync(join(tmpdir(), "dfxterm-fifo-"));
  const fifo = join(folder, "camera");
  await promisify(execFile)("mkfifo", [fifo]);
  let player: ChildProcess | undefined;
  const restart = async (): Promise<void> => {
    player = play(published, [...output, fifo]);
  };
  const kill = async (): Promise<void> => {
    const { exitCode, signalCode } = player ?? {};
    if (!player || exitCode !== null || signalCode !== null) return;
    const gone = once(player, "exit");
    player.kill("SIGKILL");
    // One who waits for a reader in `open` can be killed, too, but a reader does no harm.
    await gone;
  };
  await restart();
  const close = async (): Promise<void> => {
    await kill();
    rmSync(folder, { recursive: true, force: true });
  };
  return { address: fifo, kill, restart, close };
}

/**
 * An RTSP server (RFC 2326) that sends RTP in the connection itself, as firewalls make it do. ffmpeg makes the packets.
 */
export async function rtspPublisher(published: Published & { password?: string }): Promise<Publisher> {
  const description = sessionDescription(published);
  const players = new Set<ChildProcess>();
  const server = createServer((socket) => {
    let words = "";
    let player: ChildProcess | undefined;
    const packets = createSocket("udp4");
    const answer = (request: string, headers: string, body = ""): void => {
      const sequence = /^CSeq: *(\d+)/im.exec(request)?.[1] ?? "0";
      const length = body === "" ? "" : `Content-Length: ${body.length}\r\n`;
      socket.write(`RTSP/1.0 200 OK\r\nCSeq: ${sequence}\r\nSession: 1\r\n${headers}${length}\r\n${body}`);
    };
    const refuse = (request: string): void => {
      const sequence = /^CSeq: *(\d+)/im.exec(request)?.[1] ?? "0";
      socket.write(`RTSP/1.0 401 Unauthorized\r\nCSeq: ${sequence}\r\nWWW-Authenticate: Basic realm="camera"\r\n\r\n`);
    };
    const send = (packet: Buffer): void => {
      // RFC 2326, section 10.12: a dollar sign, the channel, the length, the packet.
      const head = Buffer.from([0x24, 0, packet.length >> 8, packet.length & 0xff]);
      if (!socket.destroyed) socket.write(Buffer.concat([head, packet]));
    };
    const start = async (): Promise<void> => {
      packets.bind(0, "127.0.0.1");
      await once(packets, "listening");
      packets.on("message", send);
      // Reports about the sending go to a port where nobody listens.
      const to = `rtp://127.0.0.1:${packets.address().port}?rtcpport=9&pkt_size=1400`;
      player = play(published, ["-c", "copy", "-f", "rtp", to]);
      player.on("exit", () => socket.end());
      players.add(player);
    };
    socket.on("data", (data) => {
      words += data.toString("latin1");
      for (let end = words.indexOf("\r\n\r\n"); end !== -1; end = words.indexOf("\r\n\r\n")) {
        const request = words.slice(0, end);
        words = words.slice(end + 4);
        const [method, url] = request.split(" ", 2);
        const expected = published.password && `Basic ${Buffer.from(`me:${published.password}`).toString("base64")}`;
        if (expected && method !== "OPTIONS" && !request.includes(expected)) refuse(request);
        else if (method === "OPTIONS") answer(request, "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n");
        else if (method === "DESCRIBE")
          answer(request, `Content-Base: ${url}/\r\nContent-Type: application/sdp\r\n`, description);
        else if (method === "SETUP") answer(request, "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n");
        else if (method === "PLAY") {
          answer(request, "");
          void start();
        } else if (method !== undefined && /^[A-Z_]+$/.test(method)) answer(request, "");
      }
    });
    socket.on("close", () => {
      if (player) players.delete(player);
      player?.kill("SIGKILL");
      packets.close();
    });
  });
  const login = published.password === undefined ? "" : `me:${published.password}@`;
  const end = (): void => players.forEach((player) => player.kill("SIGKILL"));
  return networkPublisher(server, (port) => `rtsp://${login}127.0.0.1:${port}/live`, end);
}

function sessionDescription({ ffmpeg, clip: file }: Published): string {
  const folder = mkdtempSync(join(tmpdir(), "dfxterm-sdp-"));
  const description = join(folder, "clip.sdp");
  const output = ["-c", "copy", "-t", "0.1", "-f", "rtp", "-sdp_file", description, "rtp://127.0.0.1:9"];
  execFileSync(ffmpeg, ["-v", "quiet", "-i", file, ...output]);
  const lines = readFileSync(description, "utf8")
    .replace(/^SDP:\n/, "")
    .trim()
    .split(/\r?\n/);
  rmSync(folder, { recursive: true });
  const withoutPort = lines.map((line) => line.replace(/^m=video \d+/, "m=video 0"));
  return `${[...withoutPort, "a=control:track0"].join("\r\n")}\r\n`;
}
