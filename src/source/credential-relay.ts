import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { answerTo, type Challenge, challengeIn, type Login } from "./challenge.js";
import { isOfThisUser } from "./peer.js";

/** Names of parameters of an address that are likely to hold a secret. */
const SECRET_NAME = /token|key|auth|pass|pwd|secret|sig|credential/i;

const PORTS: Readonly<Record<string, number>> = { "rtsp:": 554, "rtsps:": 322, "http:": 80, "https:": 443 };

/** True for an address that nobody else should see: ffmpeg's arguments are in the list of processes. */
export function hasSecrets(address: string): boolean {
  const { username, password, searchParams } = new URL(address);
  return username !== "" || password !== "" || [...searchParams.keys()].some((name) => SECRET_NAME.test(name));
}

/**
 * Stands between ffmpeg and a server that wants a name and a password. ffmpeg is given an address on this machine, in
 * which there is nothing secret; the relay answers the server's challenge, and passes on everything else as it is.
 *
 *   ffmpeg -- GET /video --> relay -- GET /video ---------------------> camera
 *                                  <- 401, WWW-Authenticate: Digest ... --
 *                                  -- GET /video, Authorization: ... --->
 *          <-- pictures ---       <-- pictures ------------------------
 */
export class CredentialRelay {
  /** What ffmpeg is told. */
  readonly address: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  readonly #problem: { words: string };

  static async to(address: string): Promise<CredentialRelay> {
    const target = new Target(new URL(address));
    const sockets = new Set<Socket>();
    const problem = { words: "" };
    const server = createServer((client) => {
      // The address is in the list of processes: others would see what only our password shows.
      if (!isOfThisUser(client)) {
        client.destroy();
        return;
      }
      sockets.add(client);
      client.on("close", () => sockets.delete(client));
      const conversation = new Conversation(client, target, (words) => {
        problem.words = words;
      });
      conversation.begin();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    server.unref();
    return new CredentialRelay(server, sockets, target, problem);
  }

  private constructor(server: Server, sockets: Set<Socket>, target: Target, problem: { words: string }) {
    this.#server = server;
    this.#sockets = sockets;
    this.#problem = problem;
    target.port = (server.address() as AddressInfo).port;
    this.address = target.localAddress;
  }

  /** Why the server could not be reached the last time, in the words that ffmpeg would have used; often empty. */
  get problem(): string {
    return this.#problem.words;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** Where requests go, and what changes in them on the way. */
class Target {
  /** Of the relay. */
  port = 0;
  readonly login: Login;
  readonly #url: URL;

  constructor(url: URL) {
    this.#url = url;
    this.login = { user: decoded(url.username), password: decoded(url.password) };
  }

  get localAddress(): string {
    const { pathname, protocol } = this.#url;
    return `${protocol.startsWith("rtsp") ? "rtsp" : "http"}://127.0.0.1:${this.port}${pathname}`;
  }

  connect(): Socket {
    const { hostname, port, protocol } = this.#url;
    const host = hostname.replace(/^\[(.*)\]$/, "$1");
    const to = { host, port: port === "" ? (PORTS[protocol] ?? 80) : Number(port) };
    return protocol.endsWith("s:") ? connectTls({ ...to, servername: host, rejectUnauthorized: true }) : connect(to);
  }

  /** The place that a request names, as the server knows it. */
  uriFor(asked: string): string {
    const { pathname, search, protocol, host } = this.#url;
    const local = `rtsp://127.0.0.1:${this.port}`;
    const isLocal = asked.startsWith(local);
    const path = isLocal ? asked.slice(local.length) : asked;
    const whole = path === pathname ? path + search : path;
    return isLocal ? `${protocol}//${host}${whole}` : whole;
  }

  /** For the Host header. */
  get host(): string {
    return this.#url.host;
  }
}

interface Request {
  readonly head: string;
  readonly body: Buffer;
}

/** The longest head of a message, and the most that is kept while a refusal is read. */
const HEAD_BYTES_MAX = 65_536;
/** "RTSP/1.0 401": so much of an answer tells whether it is a refusal. */
const STATUS_BYTES = 12;

/** One connection of ffmpeg and the one to the server that belongs to it. */
class Conversation {
  readonly #client: Socket;
  readonly #target: Target;
  readonly #onProblem: (words: string) => void;
  #server: Socket;
  #fromClient = Buffer.alloc(0);
  #fromServer = Buffer.alloc(0);
  #challenge: Challenge | undefined;
  #answers = 0;
  /** The newest request, as long as its answer may be a refusal. */
  #asked: Request | undefined;

  constructor(client: Socket, target: Target, onProblem: (words: string) => void) {
    this.#client = client;
    this.#target = target;
    this.#onProblem = onProblem;
    this.#server = this.#connect();
  }

  /** Passes on what comes from either side, until one of them hangs up. */
  begin(): void {
    const client = this.#client;
    client.on("data", (data) => this.#onClient(data));
    client.on("drain", () => this.#server.resume());
    client.on("error", () => client.destroy());
    client.on("close", () => this.#server.destroy());
  }

  #connect(): Socket {
    const server = this.#target.connect();
    server.on("connect", () => this.#onProblem(""));
    server.on("data", (data) => this.#onServer(data));
    server.on("error", (error: NodeJS.ErrnoException) => this.#onProblem(wordsFor(error)));
    // Not when another has taken its place.
    server.on("close", () => {
      if (server === this.#server) this.#client.end();
    });
    return server;
  }

  #onClient(data: Buffer): void {
    this.#fromClient = Buffer.concat([this.#fromClient, data]);
    for (;;) {
      // Reports that go to a camera in the same connection begin with a dollar sign (RFC 2326, section 10.12).
      if (this.#fromClient[0] === 0x24) {
        const end = this.#fromClient.length < 4 ? Number.POSITIVE_INFINITY : 4 + this.#fromClient.readUInt16BE(2);
        if (this.#fromClient.length < end) return;
        this.#server.write(this.#fromClient.subarray(0, end));
        this.#fromClient = this.#fromClient.subarray(end);
        continue;
      }
      const message = messageIn(this.#fromClient);
      if (message === undefined) {
        if (this.#fromClient.length > HEAD_BYTES_MAX) this.#client.destroy();
        return;
      }
      this.#fromClient = this.#fromClient.subarray(message.bytes);
      this.#asked = message;
      this.#send(message);
    }
  }

  /** Passes a request on, with the answer to the challenge that is known. */
  #send({ head, body }: Request): void {
    const [first = "", ...lines] = head.split("\r\n");
    const [method = "", asked = "", version = ""] = first.split(" ");
    const uri = this.#target.uriFor(asked);
    const rest = lines.map((line) => (/^host:/i.test(line) ? `Host: ${this.#target.host}` : line));
    if (this.#challenge !== undefined) {
      this.#answers += 1;
      const answer = answerTo(this.#challenge, this.#target.login, method, uri, this.#answers);
      rest.push(`Authorization: ${answer}`);
    }
    this.#server.write(
      Buffer.concat([Buffer.from(`${[`${method} ${uri} ${version}`, ...rest].join("\r\n")}\r\n\r\n`, "latin1"), body]),
    );
  }

  #onServer(data: Buffer): void {
    if (this.#asked === undefined) {
      this.#pass(data);
      return;
    }
    this.#fromServer = Buffer.concat([this.#fromServer, data]);
    if (this.#fromServer.length < STATUS_BYTES && this.#fromServer[0] !== 0x24) return;
    const isRefusal = /^(RTSP|HTTP)\/\d\.\d 401/.test(this.#fromServer.toString("latin1", 0, STATUS_BYTES));
    const refusal = isRefusal ? messageIn(this.#fromServer) : undefined;
    if (isRefusal && refusal === undefined && this.#fromServer.length <= HEAD_BYTES_MAX) return;
    const asked = this.#asked;
    const challenge = refusal && challengeIn(refusal.head);
    // Who is refused with an answer is refused.
    if (refusal === undefined || challenge === undefined || this.#challenge !== undefined) {
      this.#asked = undefined;
      this.#pass(this.#fromServer);
      this.#fromServer = Buffer.alloc(0);
      return;
    }
    this.#challenge = challenge;
    this.#fromServer = this.#fromServer.subarray(refusal.bytes);
    if (refusal.head.startsWith("HTTP")) this.#reconnect();
    this.#send(asked);
  }

  /** Whether a web server keeps the connection of a refused request is its own affair. */
  #reconnect(): void {
    const old = this.#server;
    this.#fromServer = Buffer.alloc(0);
    this.#server = this.#connect();
    old.destroy();
  }

  #pass(data: Buffer): void {
    if (!this.#client.destroyed && !this.#client.write(data)) this.#server.pause();
  }
}

/** A percent sign that nobody has encoded stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The first message, when all of it is there; its length is named or nought. */
function messageIn(bytes: Buffer): (Request & { readonly bytes: number }) | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const head = bytes.toString("latin1", 0, end);
  const bodyBytes = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  const total = end + 4 + bodyBytes;
  return bytes.length < total ? undefined : { head, body: bytes.subarray(end + 4, total), bytes: total };
}

/** What ffmpeg says of the same failure; see live-problem.ts. */
function wordsFor({ code = "", message }: NodeJS.ErrnoException): string {
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "Failed to resolve hostname";
  if (/CERT|SELF_SIGNED|ALTNAME/.test(code)) return `Certificate refused: ${code}`;
  return /^E(CONN|HOST|NET|TIMED)/.test(code) ? "Connection refused" : message;
}
