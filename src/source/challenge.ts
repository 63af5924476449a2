import { createHash, randomBytes } from "node:crypto";

/** Who one is, for a server that asks. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

/** What a server asked for with status 401. */
export interface Challenge {
  readonly scheme: "basic" | "digest";
  readonly parameters: Readonly<Record<string, string>>;
}

const HASHES: Readonly<Record<string, string>> = { md5: "md5", "sha-256": "sha256" };

/**
 * The best challenge that can be answered among the WWW-Authenticate headers of a response (RFC 7235, 7616, 7617; RTSP has
 * the same): a digest before a password that anybody on the way can read. Undefined when there is none.
 */
export function challengeIn(head: string): Challenge | undefined {
  const asked = [...head.matchAll(/^www-authenticate: *(\w+) *(.*)$/gim)].map(([, scheme = "", rest = ""]) => ({
    scheme: scheme.toLowerCase(),
    parameters: Object.fromEntries(
      [...rest.matchAll(/(\w+) *= *(?:"([^"]*)"|([^\s,]+))/g)].map(([, key = "", quoted, plain = ""]) => [
        key.toLowerCase(),
        quoted ?? plain,
      ]),
    ) as Record<string, string>,
  }));
  const digest = asked.find(({ scheme, parameters }) => scheme === "digest" && hashOf(parameters) !== undefined);
  if (digest) return { scheme: "digest", parameters: digest.parameters };
  const basic = asked.find(({ scheme }) => scheme === "basic");
  return basic && { scheme: "basic", parameters: basic.parameters };
}

/**
 * The value of the Authorization header.
 * @param count how many requests have answered this challenge, with this one: 1, 2, ...
 */
export function answerTo(
  { scheme, parameters }: Challenge,
  { user, password }: Login,
  method: string,
  uri: string,
  count: number,
  cnonce = randomBytes(8).toString("hex"),
): string {
  if (scheme === "basic") return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  const { realm = "", nonce = "", opaque, algorithm, qop } = parameters;
  const hash = (text: string): string =>
    createHash(hashOf(parameters) ?? "md5")
      .update(text)
      .digest("hex");
  const who = hash(`${user}:${realm}:${password}`);
  const what = hash(`${method}:${uri}`);
  const fields = [
    `username="${user.replaceAll(/["\\]/g, "\\$&")}"`,
    `realm="${realm}"`,
    `nonce="${nonce}"`,
    `uri="${uri}"`,
  ];
  if (qop === undefined) fields.push(`response="${hash(`${who}:${nonce}:${what}`)}"`);
  else {
    const nc = count.toString(16).padStart(8, "0");
    const response = hash(`${who}:${nonce}:${nc}:${cnonce}:auth:${what}`);
    fields.push(`response="${response}"`, "qop=auth", `nc=${nc}`, `cnonce="${cnonce}"`);
  }
  if (algorithm !== undefined) fields.push(`algorithm=${algorithm}`);
  if (opaque !== undefined) fields.push(`opaque="${opaque}"`);
  return `Digest ${fields.join(", ")}`;
}

/** Node's name of the hash; undefined for one that we cannot answer. */
function hashOf({ algorithm = "MD5", qop }: Readonly<Record<string, string>>): string | undefined {
  const isPossible = qop === undefined || qop.split(/ *, */).includes("auth");
  return isPossible ? HASHES[algorithm.toLowerCase()] : undefined;
}
