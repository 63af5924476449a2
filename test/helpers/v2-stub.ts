import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

import type { StubReply, StubRequest } from "./stub-server.js";

// The account half of a version 2 server, written from the endpoint table of the protocol: for the tests of the account
// commands. Like the stub of version 1 it does everything else that a script tells it.

export const LICENCE = "LICENCE-0123-4567";
export const EMAIL = "ada@example.org";
export const PASSWORD = "correct horse";
export const STUDY = "11111111-2222-3333-4444-555555555555";
export const MEASUREMENT = "6f2c0d3e-8a1b-4c5d-9e7f-001122334455";
export const CONFIG_BYTES = Buffer.from("a vendor's study\u0000\u0001");

export type V2Script = (request: StubRequest, count: number, stub: V2Stub) => StubReply | undefined;

interface Held {
  readonly kind: "user" | "device";
  readonly device: string;
  readonly email?: string;
  readonly refreshToken: string;
  state: "good" | "expired" | "dead";
}

export class V2Stub {
  restUrl = "";
  readonly requests: StubRequest[] = [];
  /** Devices that hold a place of the licence. */
  readonly devices = new Set<string>();
  readonly users = new Map([[EMAIL, PASSWORD]]);
  readonly tokens = new Map<string, Held>();
  readonly profiles = new Map<string, Record<string, unknown>>();
  readonly #used = new Set<string>();
  readonly #script: V2Script;
  readonly #counts = new Map<string, number>();
  readonly #connections = new Set<Socket>();
  readonly #server = createServer((request, response) => this.#take(request, response));
  #serial = 0;

  constructor(script: V2Script = () => undefined) {
    this.#script = script;
  }

  static async start(script?: V2Script): Promise<V2Stub> {
    const stub = new V2Stub(script);
    stub.#server.on("connection", (socket) => {
      stub.#connections.add(socket);
      socket.on("close", () => stub.#connections.delete(socket));
    });
    await new Promise<void>((resolve) => {
      stub.#server.listen(0, "127.0.0.1", resolve);
    });
    stub.restUrl = `http://127.0.0.1:${(stub.#server.address() as AddressInfo).port}`;
    return stub;
  }

  async close(): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  /** "POST /users/auth" and so on, in the order in which they came. */
  get calls(): string[] {
    return this.requests.map(({ method, path }) => `${method} ${path}`);
  }

  /** What becomes of the tokens that are good now. */
  age(kind: "user" | "device", state: "expired" | "dead"): void {
    for (const held of this.tokens.values()) {
      if (held.kind === kind && held.state === "good") held.state = state;
    }
  }

  #issue(held: Omit<Held, "refreshToken" | "state">): Record<string, string> {
    this.#serial += 1;
    const token = `${held.kind}-token-${this.#serial}`;
    const refreshToken = `${held.kind}-refresh-${this.#serial}`;
    this.tokens.set(token, { ...held, refreshToken, state: "good" });
    return { Token: token, RefreshToken: refreshToken };
  }

  #take(incoming: IncomingMessage, response: ServerResponse): void {
    const parts: Buffer[] = [];
    incoming.on("data", (part: Buffer) => parts.push(part));
    incoming.on("end", () => {
      const { method = "", url: path = "", headers } = incoming;
      const request: StubRequest = { method, path, headers, text: Buffer.concat(parts).toString("utf8") };
      this.requests.push(request);
      const key = `${method} ${path.split("?", 1)[0]}`;
      const count = (this.#counts.get(key) ?? 0) + 1;
      this.#counts.set(key, count);
      const scripted = this.#script(request, count, this);
      if (scripted === "hang") return;
      if (scripted === "drop") {
        incoming.socket.destroy();
        return;
      }
      const answer = scripted === undefined || scripted === "do-then-drop" ? this.#answer(request) : scripted;
      if (scripted === "do-then-drop") incoming.socket.destroy();
      else send(response, answer.status, answer.body);
    });
  }

  #answer(request: StubRequest): { status: number; body?: unknown } {
    const { method, path, text } = request;
    const [route = ""] = path.split("?", 1);
    const body = (text === "" ? {} : JSON.parse(text)) as Record<string, string>;
    switch (`${method} ${route}`) {
      case "GET /status":
        return ok({ StatusID: "ACTIVE", Version: "2.9.1", Region: "na-east" });
      case "POST /organizations/licenses":
        return this.#register(body);
      case "POST /auths/renew":
        return this.#renew(body);
      default:
        return this.#answerTo(request, method, route, body);
    }
  }

  #answerTo(
    request: StubRequest,
    method: string,
    route: string,
    body: Record<string, string>,
  ): { status: number; body?: unknown } {
    const token = request.headers.authorization?.replace("Bearer ", "") ?? "";
    const held = this.tokens.get(token);
    if (held === undefined || held.state === "dead") return refusal(401, "INVALID_TOKEN");
    if (held.state === "expired") return refusal(401, "TOKEN_EXPIRED");
    if (route.startsWith("/users/profiles")) return this.#profile(method, route.slice(15), body);
    switch (`${method} ${route}`) {
      case "GET /auth":
        return ok({ ID: randomUUID(), Type: held.kind, DeviceID: held.device, exp: 1_800_000_000, iat: 1_700_000_000 });
      case "GET /users":
        return ok({ Email: held.email });
      case "POST /users":
        this.users.set(body["Email"] ?? "", body["Password"] ?? "");
        return ok({ ID: randomUUID() });
      case "POST /users/auth":
        return this.#logIn(held, body);
      case "DELETE /users/auth":
        held.state = "dead";
        return ok({});
      case "DELETE /organizations/licenses":
        this.devices.delete(held.device);
        for (const other of this.tokens.values()) if (other.device === held.device) other.state = "dead";
        return ok({});
      case "POST /studies/sdkconfig":
        return body["MD5Hash"] === md5(CONFIG_BYTES)
          ? { status: 304 }
          : ok({ ConfigFile: CONFIG_BYTES.toString("base64"), MD5Hash: md5(CONFIG_BYTES) });
      case "GET /studies":
        return ok([{ ...STUDY_RECORD, TotalCount: 1 }]);
      case `GET /studies/${STUDY}`:
        return ok({ ...STUDY_RECORD, Signals: ["HR_BPM", "SNR"] });
      case "GET /measurements":
        return ok(MEASUREMENTS);
      case `GET /measurements/${MEASUREMENT}`:
        return ok(MEASUREMENT_RECORD);
      default:
        return refusal(404, "NOT_FOUND");
    }
  }

  #register(body: Record<string, string>): { status: number; body: unknown } {
    if (body["Key"] !== LICENCE) return refusal(403, "INVALID_LICENSE");
    const device = randomUUID();
    this.devices.add(device);
    return ok({ DeviceID: device, ...this.#issue({ kind: "device", device }), RoleID: "DEVICE", UserID: randomUUID() });
  }

  #logIn(held: Held, { Email = "", Password }: Record<string, string>): { status: number; body: unknown } {
    if (held.kind !== "device") return refusal(403, "RESTRICTED");
    if (!this.users.has(Email)) return refusal(404, "INVALID_USER");
    if (this.users.get(Email) !== Password) return refusal(401, "INVALID_PASSWORD");
    return ok(this.#issue({ kind: "user", device: held.device, email: Email }));
  }

  #renew({ Token = "", RefreshToken = "" }: Record<string, string>): { status: number; body: unknown } {
    const held = this.tokens.get(Token);
    if (held === undefined || held.state === "dead") return refusal(401, "INVALID_TOKEN");
    if (held.refreshToken !== RefreshToken || this.#used.has(RefreshToken)) return refusal(401, "TOKEN_EXPIRED");
    this.#used.add(RefreshToken);
    held.state = "expired";
    const { kind, device, email } = held;
    return ok(this.#issue({ kind, device, ...(email !== undefined && { email }) }));
  }

  #profile(method: string, rest: string, body: Record<string, string>): { status: number; body: unknown } {
    const id = rest.slice(1);
    if (method === "POST") {
      const made = randomUUID();
      this.profiles.set(made, { ID: made, Status: "ACTIVE", MeasurementCount: 0, Created: 1_790_000_000, ...body });
      return ok({ ID: made });
    }
    if (method === "GET" && id === "") {
      return ok([...this.profiles.values()].map((row) => ({ ...row, TotalCount: String(this.profiles.size) })));
    }
    const profile = this.profiles.get(id);
    if (profile === undefined) return refusal(404, "NOT_FOUND");
    if (method === "PATCH") this.profiles.set(id, { ...profile, ...body });
    if (method === "DELETE") this.profiles.delete(id);
    return ok(method === "GET" ? profile : {});
  }
}

const STUDY_RECORD = {
  ID: STUDY,
  Name: "Resting, seated",
  Description: "Ten minutes of rest before.",
  StatusID: "ACTIVE",
  StudyTemplateID: "t",
  Measurements: 12,
  Participants: 3,
  Created: 1_790_000_000,
  Updated: 1_790_000_500,
};

const MEASUREMENTS = [
  {
    ID: MEASUREMENT,
    StudyID: STUDY,
    StatusID: "COMPLETE",
    UserProfileID: "p1",
    UserProfileName: '=HYPERLINK("http://x","\u001b[31mA, B"); a name that is far too long for a column',
    Mode: "DISCRETE",
    Created: 1_790_000_000,
    Updated: 1_790_000_060,
    TotalCount: 240,
  },
  {
    ID: "00000000-0000-4000-8000-000000000002",
    StudyID: STUDY,
    StatusID: "ERROR",
    UserProfileName: null,
    Created: 1_790_000_100,
  },
];

const MEASUREMENT_RECORD = {
  ID: MEASUREMENT,
  StudyID: STUDY,
  StatusID: "COMPLETE",
  Created: 1_790_000_000,
  Mode: "DISCRETE",
  Resolution: 100,
  Results: {
    HR_BPM: [{ Data: [720_000, 722_000], Multiplier: 10_000, Notes: ["NOTE_DEGRADED_ACCURACY"] }],
    SNR: [{ Data: [-12_500], Multiplier: 10_000 }],
    BR_BPM: [{ Data: [], Multiplier: 10_000, Notes: ["NOTE_SNR_BELOW_THRESHOLD"] }],
  },
  SignalNames: { HR_BPM: "Heart rate", SNR: "Signal-to-noise ratio", BR_BPM: null },
  SignalUnits: { HR_BPM: "bpm", SNR: "dB", BR_BPM: null },
  SignalDescriptions: { HR_BPM: "How often the heart beats.", SNR: null, BR_BPM: null },
};

function ok(body: unknown): { status: number; body: unknown } {
  return { status: 200, body };
}

function refusal(status: number, code: string): { status: number; body: unknown } {
  return { status, body: { Code: code, Message: "stub" } };
}

function md5(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body));
}
