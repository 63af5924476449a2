import { type AddressInfo, createServer } from "node:net";

import { expect, test } from "vitest";

import { serverAddress } from "../../src/api/servers.js";
import { openSession } from "../../src/api/session.js";
import { AppError } from "../../src/domain/errors.js";
import { MEASUREMENT, type StubScript, startStub } from "../helpers/stub-server.js";
import { CREDENTIALS, failureOf, optionsFor, withSession } from "./with-session.js";

const NEW = { studyId: "study", mode: "DISCRETE", resolution: 100 } as const;

async function checkFails(
  script: StubScript,
  code: string,
  sentence: RegExp,
  credentials = CREDENTIALS,
): Promise<void> {
  const stub = await startStub(script);
  try {
    const error = await failureOf(openSession(optionsFor(stub, { access: credentials }), new AbortController().signal));
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code, message: expect.stringMatching(sentence) });
    const seen = JSON.stringify([error, String(error), (error as AppError).cause]);
    for (const secret of ["licence-key", "secret-word", "device-token", "user-token"])
      expect(seen).not.toContain(secret);
  } finally {
    await stub.close();
  }
}

test("registers, logs in and creates a measurement with the bodies of the original client", async () => {
  const steps: string[] = [];
  const onStep = (step: string): void => {
    steps.push(step);
  };
  await withSession({}, { onStep }, async ({ stub, session }) => {
    expect(await session.createMeasurement(NEW)).toBe(MEASUREMENT);
    const device = process.platform === "darwin" ? "DARWIN" : "LINUX";
    expect(stub.requests.map(({ method, path, text }) => `${method} ${path} ${text}`)).toEqual([
      `POST /organizations/licenses {"Key":"licence-key","DeviceTypeID":"${device}","Name":"DFX desktop","Identifier":"DFXCLIENT","Version":"1.0.0"}`,
      'POST /users/auth {"Email":"a@b.c","Password":"secret-word"}',
      'POST /measurements {"StudyID":"study","Resolution":100,"UserProfileID":"","Mode":"DISCRETE"}',
    ]);
    expect(stub.requests.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      "Bearer device-token",
      "Bearer user-token",
    ]);
    expect(stub.requests.every(({ headers }) => headers["content-type"] === "application/json")).toBe(true);
  });
  expect(steps).toEqual(["registering the licence", "logging in", "creating the measurement"]);
});

test("an unknown user is created with every field in its place, then logged in", async () => {
  const profile = { firstName: "Ada", gender: "female", dateOfBirth: "1815-12-10", heightCm: 165.5 } as const;
  const credentials = { ...CREDENTIALS, email: "new@b.c", profile };
  await withSession({}, { access: credentials }, async ({ stub }) => {
    expect(stub.requests.map(({ path }) => path)).toEqual([
      "/organizations/licenses",
      "/users/auth",
      "/users",
      "/users/auth",
    ]);
    expect(stub.requests[2]?.text).toBe(
      '{"FirstName":"Ada","LastName":"","Email":"new@b.c","Password":"secret-word","PhoneNumber":"",' +
        '"Gender":"female","DateOfBirth":"1815-12-10","HeightCm":"165.5","WeightKg":""}',
    );
  });
});

test("a user that exists after all is logged in", async () => {
  const credentials = { ...CREDENTIALS, email: "new@b.c" };
  const script: StubScript = {
    rest: ({ path }, count) => (path === "/users" && count === 1 ? "do-then-drop" : undefined),
  };
  await withSession(script, { access: credentials }, async ({ stub }) => {
    expect(stub.requests.filter(({ path }) => path === "/users")).toHaveLength(2);
  });
});

test("a wrong licence, password and a licence without the right to create users are AUTH", async () => {
  await checkFails({}, "AUTH", /refused the licence key \(INVALID_LICENSE\)/, {
    ...CREDENTIALS,
    licenseKey: "wrong",
  });
  await checkFails({ password: "other" }, "AUTH", /refused the password\. Check the e-mail address/);
  const script: StubScript = {
    rest: ({ path }) => (path === "/users" ? { status: 500, body: { Code: "INTERNAL_ERROR" } } : undefined),
  };
  await checkFails({ users: [], ...script }, "AUTH", /may not create users/);
});

test("what a licence was refused for decides what to do about it", async () => {
  for (const Code of ["LICENSE_EXPIRED", "INACTIVE_LICENSE"]) {
    const rest: StubScript["rest"] = ({ path }) =>
      path === "/organizations/licenses" ? { status: 403, body: { Code } } : undefined;
    await checkFails({ rest }, "AUTH", new RegExp(`\\(${Code}\\)\\. Ask for a new licence key\\.$`));
  }
});

test("codes count whatever the HTTP status says", async () => {
  const script: StubScript = {
    rest: ({ path }) => (path === "/users/auth" ? { status: 200, body: { Code: "INVALID_PASSWORD" } } : undefined),
  };
  await checkFails(script, "AUTH", /refused the password/);
});

test("an answer that cannot be read is told as one", async () => {
  const script: StubScript = {
    rest: ({ path }) => (path === "/users/auth" ? { status: 200, body: "<html>" } : undefined),
  };
  await checkFails(script, "WIRE", /unreadable answer to the login/);
});

test("a web page in place of a DFX server is not taken for a refused licence", async () => {
  for (const status of [200, 404]) {
    const script: StubScript = { rest: () => ({ status, body: "<html>welcome</html>" }) };
    await checkFails(script, "SERVER", /does not answer as a DFX server does .*Check the address/);
  }
});

test("what a server says does not carry secrets into the sentence", async () => {
  const script: StubScript = {
    rest: ({ path, text, headers }) =>
      path === "/users/auth"
        ? { status: 400, body: { Code: "BAD_REQUEST", Message: `${text} ${headers.authorization}` } }
        : undefined,
  };
  await checkFails(script, "REFUSED", /BAD_REQUEST: .*\*\*\*/);
});

test("registering is not repeated after a lost answer, for it takes a device slot", async () => {
  const stub = await startStub({ rest: () => "drop" });
  const error = await failureOf(openSession(optionsFor(stub), new AbortController().signal));
  expect(error).toMatchObject({ code: "NETWORK", message: expect.stringMatching(/connection was lost/) });
  expect(stub.requests).toHaveLength(1);
  await stub.close();
});

test("busy answers are waited out, and Retry-After is honoured", async () => {
  const script: StubScript = {
    rest: ({ path }, count) => {
      if (path === "/organizations/licenses" && count <= 2) return { status: 503 };
      if (path === "/users/auth" && count === 1) return { status: 429, headers: { "retry-after": "0.2" } };
      if (path === "/users/auth" && count === 2) return "drop";
      return undefined;
    },
  };
  const startedAtMs = performance.now();
  await withSession(script, {}, async ({ stub, notices }) => {
    expect(performance.now() - startedAtMs).toBeGreaterThan(200);
    expect(stub.requests.map(({ path }) => path)).toEqual([
      ...Array.from({ length: 3 }, () => "/organizations/licenses"),
      ...Array.from({ length: 3 }, () => "/users/auth"),
    ]);
    expect(notices).toHaveLength(4);
  });
});

test("an outage ends after a few attempts", async () => {
  const stub = await startStub({ rest: () => ({ status: 503 }) });
  const error = await failureOf(openSession(optionsFor(stub), new AbortController().signal));
  expect(error).toMatchObject({ code: "SERVER", message: expect.stringMatching(/status 503/) });
  expect(stub.requests).toHaveLength(4);
  await stub.close();
});

test("a server that hangs is given up after the connect time, naming the server and the step", async () => {
  const stub = await startStub({ rest: ({ path }) => (path === "/users/auth" ? "hang" : undefined) });
  const startedAtMs = performance.now();
  const error = await failureOf(openSession(optionsFor(stub, { connectTimeoutMs: 300 }), new AbortController().signal));
  expect(performance.now() - startedAtMs).toBeLessThan(1_500);
  expect(error).toMatchObject({
    code: "NETWORK",
    message: `Cannot connect to API server stub (${stub.restUrl}): no answer within 0.3 s while logging in. Try again later.`,
  });
  await stub.close();
});

test("creating the measurement belongs to the connect time, waiting before it does not", async () => {
  const script: StubScript = { rest: ({ path }) => (path === "/measurements" ? "hang" : undefined) };
  await withSession(script, { connectTimeoutMs: 600 }, async ({ session }) => {
    await new Promise((resolve) => {
      setTimeout(resolve, 700);
    });
    const startedAtMs = performance.now();
    const error = await failureOf(session.createMeasurement(NEW));
    expect(performance.now() - startedAtMs).toBeGreaterThan(100);
    expect(error).toMatchObject({ code: "NETWORK", message: expect.stringMatching(/while creating the measurement/) });
  });
});

test("a study that the server does not know is told with the server's code", async () => {
  const script: StubScript = {
    rest: ({ path }) => (path === "/measurements" ? { status: 404, body: { Code: "INVALID_STUDY" } } : undefined),
  };
  await withSession(script, {}, async ({ session }) => {
    expect(await failureOf(session.createMeasurement(NEW))).toMatchObject({
      code: "REFUSED",
      dfxCode: "INVALID_STUDY",
      message: expect.stringMatching(/measurement of study study \(INVALID_STUDY\)/),
    });
  });
});

test("a refused connection is told at once", async () => {
  const closed = await startStub();
  await closed.close();
  const startedAtMs = performance.now();
  const error = await failureOf(openSession(optionsFor(closed), new AbortController().signal));
  expect(performance.now() - startedAtMs).toBeLessThan(1_000);
  expect(error).toMatchObject({ code: "NETWORK", message: expect.stringMatching(/nothing answers there/) });
});

test("a server that speaks no TLS is told as such", async () => {
  const plain = createServer((socket) => socket.end("HTTP/1.1 400 no\r\n\r\n"));
  await new Promise<void>((resolve) => {
    plain.listen(0, "127.0.0.1", resolve);
  });
  const { port } = plain.address() as AddressInfo;
  const address = serverAddress({ restUrl: `https://127.0.0.1:${port}`, wsUrl: `wss://127.0.0.1:${port}` });
  const options = { address, access: CREDENTIALS, sendMethod: "REST" } as const;
  const error = await failureOf(openSession(options, new AbortController().signal));
  expect(error).toMatchObject({ code: "NETWORK", message: expect.stringMatching(/no trusted TLS connection/) });
  plain.close();
});
