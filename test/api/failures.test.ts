import { expect, test } from "vitest";

import { type DfxError, refusalError, safeText } from "../../src/api/failures.js";
import { networkError, troubleOf } from "../../src/api/network-failures.js";

function sentence(code: string, more: object = {}): string {
  const error = Object.assign(new Error("x"), { code, ...more });
  return networkError("lab", "https://lab", troubleOf(error)).message;
}

test("failures of the network become sentences that name the server and what to do", () => {
  expect(sentence("ECONNREFUSED")).toMatch(/^Cannot connect to API server lab \(https:\/\/lab\): nothing answers/);
  expect(sentence("ENOTFOUND")).toMatch(/its name cannot be found/);
  expect(sentence("ETIMEDOUT")).toMatch(/no answer in time\. Try again later\.$/);
  expect(sentence("ECONNRESET")).toMatch(/^The connection was lost to API server lab .*\(ECONNRESET\)/);
  for (const code of ["CERT_HAS_EXPIRED", "SELF_SIGNED_CERT_IN_CHAIN", "EPROTO"]) {
    expect(sentence(code)).toMatch(/no trusted TLS connection .*NODE_EXTRA_CA_CERTS/);
  }
  expect(sentence("ERR_TLS_CERT_ALTNAME_INVALID")).toMatch(/its certificate is for another host/);
  expect(sentence("HPE_HEADER_OVERFLOW")).toMatch(/does not speak HTTP as a DFX server does/);
});

function trouble(fields: object, cause?: Error): boolean {
  return troubleOf(Object.assign(new Error("x", { cause }), fields)).beforeSending;
}

test("tells what surely was not sent from what may have been", () => {
  expect(trouble({ code: "ECONNREFUSED" })).toBe(true);
  expect(trouble({ code: "ETIMEDOUT", syscall: "connect" })).toBe(true);
  expect(trouble({ code: "ETIMEDOUT", event: "secureConnect" })).toBe(true);
  expect(trouble({}, Object.assign(new AggregateError([Object.assign(new Error(), { code: "ECONNREFUSED" })])))).toBe(
    true,
  );
  expect(trouble({ code: "ETIMEDOUT", event: "socket" })).toBe(false);
  expect(trouble({ code: "ECONNRESET" })).toBe(false);
  expect(troubleOf("a text")).toEqual({ code: "unknown reason", beforeSending: false });
});

function refused(status: number, code: string): DfxError {
  return refusalError("lab", "chunk 3", { status, code, message: "" });
}

test("refusals carry the code of the service and are AUTH when the account is the reason", () => {
  expect(refused(405, "MEASUREMENT_CLOSED")).toMatchObject({
    code: "REFUSED",
    dfxCode: "MEASUREMENT_CLOSED",
    message: "Server lab refused chunk 3 (MEASUREMENT_CLOSED). The measurement has ended and takes no more data.",
  });
  expect(refused(400, "TOKEN_EXPIRED").code).toBe("AUTH");
  expect(refused(401, "").code).toBe("AUTH");
  expect(refused(502, "").message).toBe("Server lab refused chunk 3 (status 502). Try again later.");
});

test("text of a server loses control characters, secrets and length", () => {
  expect(safeText("bad\u001b[2J key\r\nhunter2!", ["hunter2", ""])).toBe("bad [2J key ***!");
  expect(safeText("x".repeat(1000), []).length).toBe(200);
});
