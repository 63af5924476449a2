import type { IncomingMessage, OutgoingHttpHeaders, RequestListener, ServerResponse } from "node:http";

import type { z } from "zod";

import { invalidRequest, notFound, tooLarge } from "./refusal.js";
import type { Service } from "./service.js";
import type { Credentials } from "./tokens.js";

/** A request whose endpoint is known. */
export interface Call {
  readonly service: Service;
  readonly credentials: Credentials;
  /** What the path names, a measurement for example; "" where it names nothing. */
  readonly id: string;
  /** The number of a chunk in the path. */
  readonly order: number;
  readonly query: URLSearchParams;
  /** Reads the body; endpoints do so once it is known that the token is good. */
  readonly body: <T>(schema: z.ZodType<T>) => Promise<T>;
}

export interface Reply {
  /** Default 200. */
  readonly status?: number;
  /** JSON; a text is sent as it is; undefined stands for no body at all. */
  readonly body?: unknown;
  /** Called when the reply is on its way. */
  readonly afterwards?: () => void;
}

export interface Endpoint {
  /** The vendor's action ID, or a word of ours. */
  readonly name: string;
  readonly method: string;
  readonly path: RegExp;
  readonly answer: (call: Call) => Promise<Reply> | Reply;
}

type PathNames = Readonly<Record<string, string>>;

const LOGGED_LENGTH_MAX = 100;

/** With the parameter: the npm client takes an answer for JSON only if a semicolon follows. */
const JSON_TYPE = "application/json; charset=utf-8";

/** Without the parameter, where there is no body: the Python client of version 2 wants JSON, the npm client would parse it. */
const NO_BODY_TYPE = "application/json";

/** Answers the REST endpoints. Every answer, also a refusal, is compact JSON; the metrics alone are text. */
export function restListener(service: Service, endpoints: readonly Endpoint[]): RequestListener {
  return (request, response) => {
    void new Exchange(service, endpoints, request, response).run();
  };
}

/** One request and its reply. */
class Exchange {
  readonly #service: Service;
  readonly #endpoints: readonly Endpoint[];
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #startedMs = performance.now();

  constructor(service: Service, endpoints: readonly Endpoint[], request: IncomingMessage, response: ServerResponse) {
    this.#service = service;
    this.#endpoints = endpoints;
    this.#request = request;
    this.#response = response;
  }

  async run(): Promise<void> {
    const [path = "/"] = (this.#request.url ?? "/").split("?", 1);
    const found = this.#endpointFor(path);
    try {
      if (!found) throw notFound();
      const reply = await found.endpoint.answer(this.#call(found.names));
      try {
        this.#send(reply);
        this.#note(path, found.endpoint.name, reply.status ?? 200, "");
      } finally {
        reply.afterwards?.();
      }
    } catch (thrown) {
      if (this.#request.destroyed && !this.#request.complete) return;
      const refusal = this.#service.refusalOf(thrown, "a request");
      const { status, code, message, retryAfterS } = refusal;
      this.#send({ status, body: { Code: code, Message: message } }, retryAfterS);
      // Whatever of the body is still to come is dropped as it comes; `requestMsMax` ends that.
      this.#request.resume();
      this.#note(path, found?.endpoint.name ?? "none", status, code);
    }
  }

  #endpointFor(path: string): { endpoint: Endpoint; names: PathNames } | undefined {
    for (const endpoint of this.#endpoints) {
      const match = endpoint.method === this.#request.method ? endpoint.path.exec(path) : null;
      if (match) return { endpoint, names: match.groups ?? {} };
    }
    return undefined;
  }

  #call({ id = "", order = "0" }: PathNames): Call {
    const { headers, url = "/" } = this.#request;
    return {
      service: this.#service,
      credentials: { authorization: headers.authorization, referer: headers.referer ?? headers.origin },
      id,
      order: Number(order),
      query: new URLSearchParams(url.includes("?") ? url.slice(url.indexOf("?") + 1) : ""),
      body: (schema) => readBody(this.#request, schema, this.#service.limits.restBodyBytesMax),
    };
  }

  #send({ status = 200, body }: Reply, retryAfterS?: number): void {
    const isText = typeof body === "string";
    const type = isText ? "text/plain; version=0.0.4; charset=utf-8" : body === undefined ? NO_BODY_TYPE : JSON_TYPE;
    const bytes = Buffer.from(isText ? body : body === undefined ? "" : JSON.stringify(body));
    const headers: OutgoingHttpHeaders = {
      "content-type": type,
      ...(status === 304 ? {} : { "content-length": bytes.length }),
      "cache-control": "no-store",
      ...(retryAfterS === undefined ? {} : { "retry-after": String(Math.max(1, Math.ceil(retryAfterS))) }),
      ...(this.#service.closing ? { connection: "close" } : {}),
    };
    this.#response.writeHead(status, headers).end(bytes);
  }

  #note(path: string, endpoint: string, status: number, code: string): void {
    const { metrics, log } = this.#service;
    const ms = performance.now() - this.#startedMs;
    metrics.requests.add({ endpoint, status });
    metrics.requestTimes.add(ms / 1000, { endpoint });
    if (code !== "") metrics.refusals.add({ code });
    const what = `${this.#request.method ?? ""} ${path}`.slice(0, LOGGED_LENGTH_MAX);
    const fields = { endpoint, status, ms: Math.round(ms), ...(code === "" ? {} : { code }) };
    log(status < 400 ? "info" : "warning", `${what}: ${status}${code === "" ? "" : ` ${code}`}`, fields);
  }
}

/** @throws Refusal PAYLOAD_TOO_LARGE, VALIDATION_ERROR */
async function readBody<T>(request: IncomingMessage, schema: z.ZodType<T>, bytesMax: number): Promise<T> {
  if (Number(request.headers["content-length"] ?? 0) > bytesMax) throw tooLarge();
  const parts: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop early would destroy the socket, and the refusal with it.
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > bytesMax) throw tooLarge();
    parts.push(part);
  }
  const { success, data, error } = schema.safeParse(jsonOf(Buffer.concat(parts)));
  if (!success) throw invalidRequest(`${fieldsOf(error)} missing or of the wrong form.`);
  return data;
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw invalidRequest("The body is not JSON.");
  }
}

function fieldsOf(error: z.ZodError): string {
  const names = error.issues.map((issue) => issue.path.join(".")).filter((name) => name !== "");
  return names.length > 0 ? names.join(", ") : "The body is";
}
