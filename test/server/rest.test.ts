import { describe, expect, test } from "vitest";

import { EMAIL, failing, LICENSE, PASSWORD, perFrame, restChunk, STUDY, withServer } from "./harness.js";

const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
const TOKEN = "[A-Za-z0-9_-]{43}";

describe("705 register licence", () => {
  test("answers compact JSON with the user ID right behind the token", async () => {
    await withServer({}, async (harness) => {
      const { status, text } = await harness.post("/organizations/licenses", undefined, {
        Key: LICENSE,
        DeviceTypeID: "LINUX",
        Name: "DFX desktop",
        Identifier: "DFXCLIENT",
        Version: "1.0.0",
      });
      expect(status).toBe(200);
      expect(text).toMatch(
        new RegExp(
          `^{"DeviceID":"${UUID}","Token":"${TOKEN}","UserID":"${UUID}","RoleID":"DEVICE","RefreshToken":"${TOKEN}"}$`,
        ),
      );
    });
  });

  test("refuses an unknown key, without a token", async () => {
    await withServer({}, async (harness) => {
      const { status, json } = await harness.post("/organizations/licenses", undefined, { Key: "wrong" });
      expect(status).toBe(403);
      expect(json).toEqual({ Code: "INVALID_LICENSE", Message: "This licence key is not known here." });
    });
  });
});

describe("200 and 201", () => {
  test("the way of SimpleClient: unknown e-mail address, create, log in", async () => {
    await withServer({}, async (harness) => {
      const device = await harness.deviceToken();
      const login = { Email: EMAIL, Password: PASSWORD };
      expect(await harness.post("/users/auth", device, login)).toMatchObject({
        status: 404,
        json: { Code: "INVALID_USER" },
      });
      const created = await harness.post("/users", device, {
        FirstName: "A",
        LastName: "B",
        ...login,
        PhoneNumber: "male",
        Gender: "1970-01-01",
        DateOfBirth: "180",
        HeightCm: "70",
        WeightKg: "",
      });
      expect(created.status).toBe(200);
      expect(created.text).toMatch(new RegExp(`^{"ID":"${UUID}"}$`));
      const loggedIn = await harness.post("/users/auth", device, login);
      expect(loggedIn.status).toBe(200);
      expect(loggedIn.text).toMatch(new RegExp(`^{"Token":"${TOKEN}"}$`));
    });
  });

  test("a wrong password is refused, a known e-mail address cannot be created twice, also not at the same time", async () => {
    await withServer({}, async (harness) => {
      const device = await harness.deviceToken();
      const user = { Email: EMAIL, Password: PASSWORD };
      const both = await Promise.all([harness.post("/users", device, user), harness.post("/users", device, user)]);
      expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
      expect(await harness.post("/users", device, { ...user, Email: EMAIL.toUpperCase() })).toMatchObject({
        status: 409,
        json: { Code: "USER_ALREADY_EXISTS" },
      });
      expect(await harness.post("/users/auth", device, { ...user, Password: "wrong" })).toMatchObject({
        status: 401,
        json: { Code: "INVALID_PASSWORD" },
      });
    });
  });

  test("guessing passwords ends after ten tries within a minute, and begins again a minute later", async () => {
    let nowMs = 1_000_000;
    await withServer({ nowMs: () => nowMs }, async (harness) => {
      const device = await harness.deviceToken();
      await harness.userToken();
      const codes: unknown[] = [];
      for (let guess = 0; guess < 11; guess += 1) {
        const { json } = await harness.post("/users/auth", device, { Email: EMAIL, Password: `guess ${guess}` });
        codes.push(json["Code"]);
      }
      expect(codes.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => "INVALID_PASSWORD"));
      expect(codes[10]).toBe("TOO_MANY_REQUESTS");
      nowMs += 61_000;
      expect(await harness.post("/users/auth", device, { Email: EMAIL, Password: PASSWORD })).toMatchObject({
        status: 200,
      });
    });
  });

  test("a clock that was set back keeps nobody out for longer", async () => {
    let nowMs = 1_000_000_000;
    await withServer({ limits: { wrongPasswordsPerMinuteMax: 1 }, nowMs: () => nowMs }, async (harness) => {
      const device = await harness.deviceToken();
      await harness.userToken();
      const login = async (Password: string) =>
        (await harness.post("/users/auth", device, { Email: EMAIL, Password })).status;
      expect([await login("wrong secret"), await login(PASSWORD)]).toEqual([401, 429]);
      nowMs -= 10_800_000;
      expect(await login(PASSWORD)).toBe(200);
    });
  });

  test("guessing many passwords at once tells no more than ten, not even the right one", async () => {
    await withServer({}, async (harness) => {
      const device = await harness.deviceToken();
      await harness.userToken();
      const guesses = [...Array.from({ length: 30 }, (_, index) => `guess ${index}`), PASSWORD];
      const answers = await Promise.all(
        guesses.map(async (Password) => await harness.post("/users/auth", device, { Email: EMAIL, Password })),
      );
      const codes = answers.map(({ json }) => json["Code"]);
      expect(codes.filter((code) => code === "INVALID_PASSWORD")).toHaveLength(10);
      expect(codes.filter((code) => code === "TOO_MANY_REQUESTS")).toHaveLength(guesses.length - 10);
    });
  });

  test("users of one licence are unknown to another", async () => {
    await withServer({ licenseKeys: [LICENSE, "other"] }, async (harness) => {
      await harness.userToken();
      const { json } = await harness.post("/organizations/licenses", undefined, { Key: "other" });
      const other = `Bearer ${String(json["Token"])}`;
      expect(await harness.post("/users/auth", other, { Email: EMAIL, Password: PASSWORD })).toMatchObject({
        json: { Code: "INVALID_USER" },
      });
    });
  });
});

describe("tokens", () => {
  test("work with and without Bearer", async () => {
    await withServer({}, async (harness) => {
      const token = await harness.userToken();
      const bare = token.replace("Bearer ", "");
      for (const header of [token, bare, `bearer ${bare}`]) {
        expect(await harness.post("/measurements", header, { StudyID: STUDY })).toMatchObject({ status: 200 });
      }
    });
  });

  test("a missing, wrong or cut token is INVALID_TOKEN, one of the wrong kind is RESTRICTED", async () => {
    await withServer({}, async (harness) => {
      const device = await harness.deviceToken();
      const user = await harness.userToken();
      const create = async (token: string | undefined) =>
        await harness.post("/measurements", token, { StudyID: STUDY });
      for (const token of [undefined, "", "Bearer", "Bearer x", user.slice(0, -1), `${user}x`]) {
        expect(await create(token)).toMatchObject({ status: 401, json: { Code: "INVALID_TOKEN" } });
      }
      const asDevice = await harness.post("/measurements", device, { StudyID: STUDY, Mode: "DISCRETE" });
      expect(asDevice).toMatchObject({ status: 403, json: { Code: "RESTRICTED" } });
      const login = { Email: EMAIL, Password: PASSWORD };
      for (const path of ["/users", "/users/auth"]) {
        expect(await harness.post(path, user, login)).toMatchObject({ status: 403, json: { Code: "RESTRICTED" } });
        expect(await harness.post(path, undefined, login)).toMatchObject({ status: 401 });
      }
    });
  });

  test("beyond the limit the one ends that was not used for the longest time", async () => {
    await withServer({ limits: { tokensMax: 3 } }, async (harness) => {
      const user = await harness.userToken();
      await harness.deviceToken();
      expect(await harness.post("/measurements", user, { StudyID: STUDY })).toMatchObject({ status: 200 });
      await harness.deviceToken();
      await harness.deviceToken();
      expect(await harness.post("/measurements", user, { StudyID: STUDY })).toMatchObject({ status: 200 });
      for (let device = 0; device < 3; device += 1) await harness.deviceToken();
      expect(await harness.post("/measurements", user, { StudyID: STUDY })).toMatchObject({ status: 401 });
    });
  });
});

describe("504, 506 and 500", () => {
  test("a whole measurement over REST", async () => {
    await withServer({ analyse: perFrame }, async (harness) => {
      const token = await harness.userToken();
      const created = await harness.post("/measurements", token, {
        StudyID: STUDY,
        Resolution: 100,
        UserProfileID: "",
        Mode: "DISCRETE",
      });
      expect(created.text).toMatch(new RegExp(`^{"ID":"${UUID}"}$`));
      const id = String(created.json["ID"]);
      expect((await harness.request("GET", `/measurements/${id}`, token)).json).toMatchObject({
        ID: id,
        StudyID: STUDY,
        StatusID: "CAPTURING",
        Mode: "DISCRETE",
        Results: {},
      });

      const first = await harness.addData(token, id, { ChunkOrder: 0, Meta: "b'\\x00{not json'" });
      expect(first.status).toBe(200);
      expect(first.text).toMatch(new RegExp(`^{"ID":"${UUID}","ChunkOrder":0}$`));
      const last = await harness.addData(token, id, { ChunkOrder: 1, Action: "LAST::PROCESS" });
      expect(last.json).toMatchObject({ ChunkOrder: 1 });

      const retrieved = await harness.untilStatus(token, id, "COMPLETE");
      const results = retrieved["Results"] as Record<string, { Data: number[]; Multiplier: number; Notes: string[] }[]>;
      expect(Object.keys(results)).toEqual(["HR_BPM", "SNR", "PULSE_WAVE"]);
      expect(results["HR_BPM"]?.[0]?.Data).toHaveLength(150);
      expect(results["HR_BPM"]?.[0]?.Data[0]).toBe(720_000);
      expect(results["SNR"]?.[0]).toMatchObject({ Multiplier: 10_000, Notes: ["NOTE_DEGRADED_ACCURACY"] });
      expect(retrieved).toMatchObject({ SignalUnits: { HR_BPM: "bpm", SNR: "dB" } });
    });
  });

  test("Resolution 0 gives the mean of every signal", async () => {
    await withServer({ analyse: perFrame }, async (harness) => {
      const token = await harness.userToken();
      const id = await harness.measurement(token, { Resolution: 0 });
      await harness.addData(token, id, { Action: "LAST::PROCESS" });
      const { Results } = (await harness.untilStatus(token, id, "COMPLETE")) as {
        Results: Record<string, { Data: number[] }[]>;
      };
      expect(Results["HR_BPM"]?.[0]?.Data).toEqual([720_745]);
    });
  });

  test("an unknown study is refused", async () => {
    await withServer({}, async (harness) => {
      const token = await harness.userToken();
      expect(await harness.post("/measurements", token, { StudyID: "other" })).toMatchObject({
        status: 404,
        json: { Code: "INVALID_STUDY" },
      });
    });
  });

  test("an unknown measurement and someone else's are the same: INVALID_MEASUREMENT", async () => {
    await withServer({}, async (harness) => {
      const mine = await harness.userToken();
      const other = await harness.userToken("other@example.org");
      const id = await harness.measurement(mine);
      const unknown = "00000000-0000-4000-8000-000000000001";
      const answers = [
        await harness.request("GET", `/measurements/${id}`, other),
        await harness.request("GET", `/measurements/${unknown}`, other),
        await harness.addData(other, id),
        await harness.addData(other, unknown),
      ];
      for (const answer of answers) {
        expect(answer).toMatchObject({
          status: 404,
          text: answers[0]?.text ?? "",
          json: { Code: "INVALID_MEASUREMENT" },
        });
      }
    });
  });

  test("a failing analysis ends the measurement with ERROR, without a stack in any answer", async () => {
    await withServer({ analyse: failing }, async (harness) => {
      const token = await harness.userToken();
      const id = await harness.measurement(token);
      await harness.addData(token, id, { Action: "LAST::PROCESS" });
      const retrieved = await harness.untilStatus(token, id, "ERROR");
      expect(retrieved).toMatchObject({ StatusID: "ERROR", Results: {} });
      expect(JSON.stringify(retrieved)).not.toMatch(/went wrong|\bat /);
      expect(harness.log.some(({ text }) => text.includes("numbers went wrong"))).toBe(true);
    });
  });
});

describe("chunks that do not fit", () => {
  test.each([
    ["the second before the first", [{ ChunkOrder: 1 }], "MISALIGNED_CHUNK", 400],
    ["a gap", [{ ChunkOrder: 0 }, { ChunkOrder: 2 }], "MISALIGNED_CHUNK", 400],
    ["the same one twice", [{ ChunkOrder: 0 }, { ChunkOrder: 1 }, { ChunkOrder: 1 }], "MISALIGNED_CHUNK", 400],
    ["FIRST with another number", [{ ChunkOrder: 1, Action: "FIRST::PROCESS" }], "MISALIGNED_CHUNK", 400],
    ["one after LAST", [{ Action: "LAST::PROCESS" }, { ChunkOrder: 1 }], "MEASUREMENT_CLOSED", 405],
    ["LAST twice", [{ Action: "LAST::PROCESS" }, { Action: "LAST::PROCESS" }], "MEASUREMENT_CLOSED", 405],
    ["an unknown action", [{ Action: "MIDDLE::PROCESS" }], "VALIDATION_ERROR", 400],
    ["a payload of someone else's engine", [{ Payload: "AQID" }], "UNPACKER_RPC_ERROR", 400],
    ["an empty payload", [{ Payload: "" }], "UNPACKER_RPC_ERROR", 400],
    ["a payload that is not base64", [{ Payload: "A!" }], "VALIDATION_ERROR", 400],
  ])("%s", async (_what, chunks, code, status) => {
    await withServer({}, async (harness) => {
      const token = await harness.userToken();
      const id = await harness.measurement(token);
      for (const chunk of chunks.slice(0, -1)) {
        expect(await harness.addData(token, id, chunk)).toMatchObject({ status: 200 });
      }
      expect(await harness.addData(token, id, chunks.at(-1) ?? {})).toMatchObject({ status, json: { Code: code } });
    });
  });

  test("a refused chunk leaves the measurement as it was", async () => {
    await withServer({}, async (harness) => {
      const token = await harness.userToken();
      const id = await harness.measurement(token);
      await harness.addData(token, id);
      await harness.addData(token, id, { ChunkOrder: 5 });
      await harness.addData(token, id, { ChunkOrder: 1, Payload: "AQID" });
      await harness.addData(token, id, { ChunkOrder: 0, Action: "FIRST::PROCESS", Payload: "AQID" });
      expect(await harness.addData(token, id, { ChunkOrder: 1, Action: "LAST::PROCESS" })).toMatchObject({
        status: 200,
      });
      expect(await harness.untilStatus(token, id, "COMPLETE")).toMatchObject({
        Results: { HR_BPM: [{ Data: [20_000] }] },
      });
    });
  });

  test("FIRST discards what was there", async () => {
    await withServer({}, async (harness) => {
      const token = await harness.userToken();
      const id = await harness.measurement(token);
      for (const order of [0, 1, 2]) await harness.addData(token, id, { ChunkOrder: order });
      await harness.addData(token, id, { ChunkOrder: 0, Action: "FIRST::PROCESS" });
      await harness.addData(token, id, { ChunkOrder: 1, Action: "LAST::PROCESS" });
      expect(await harness.untilStatus(token, id, "COMPLETE")).toMatchObject({
        Results: { HR_BPM: [{ Data: [20_000] }] },
      });
    });
  });

  test("IGNORE stores, and a last IGNORE is in the final result", async () => {
    await withServer({}, async (harness) => {
      const token = await harness.userToken();
      const id = await harness.measurement(token);
      await harness.addData(token, id, { ChunkOrder: 0, Action: "FIRST::IGNORE" });
      expect((await harness.request("GET", `/measurements/${id}`, token)).json).toMatchObject({
        StatusID: "CAPTURING",
        Results: {},
      });
      await harness.addData(token, id, { ChunkOrder: 1, Action: "CHUNK::IGNORE" });
      await harness.addData(token, id, { ChunkOrder: 2, Action: "LAST::IGNORE" });
      expect(await harness.untilStatus(token, id, "COMPLETE")).toMatchObject({
        Results: { HR_BPM: [{ Data: [30_000] }] },
      });
    });
  });
});

describe("time limits", () => {
  test.each([
    ["DISCRETE", 120],
    ["VIDEO", 1200],
    ["BATCH", 1200],
    ["STREAMING", 1200],
  ])("%s takes %i s and not more", async (Mode, seconds) => {
    await withServer({}, async (harness) => {
      const token = await harness.userToken();
      const id = await harness.measurement(token, { Mode });
      const chunks = seconds / 30;
      for (let order = 0; order < chunks; order += 1) {
        expect(await harness.addData(token, id, { ChunkOrder: order, Duration: 30.01 })).toMatchObject({ status: 200 });
      }
      expect(await harness.addData(token, id, { ChunkOrder: chunks, Duration: 30.01 })).toMatchObject({
        status: 405,
        json: { Code: "MEASUREMENT_CLOSED" },
      });
      expect(await harness.untilStatus(token, id, "COMPLETE")).toMatchObject({ StatusID: "COMPLETE" });
    });
  });

  test("a client that claims no duration is measured by its frames", async () => {
    await withServer({}, async (harness) => {
      const token = await harness.userToken();
      const id = await harness.measurement(token);
      let stored = 0;
      while (stored < 100) {
        const { status } = await harness.addData(token, id, { ChunkOrder: stored, Duration: 0 });
        if (status !== 200) break;
        stored += 1;
      }
      expect(stored).toBe(24);
    });
  });

  test("roll-over: the refused chunk starts a new measurement under its old number and action", async () => {
    await withServer({}, async (harness) => {
      const token = await harness.userToken();
      const full = await harness.measurement(token);
      for (let order = 0; order < 4; order += 1)
        await harness.addData(token, full, { ChunkOrder: order, Duration: 30 });
      expect(await harness.addData(token, full, { ChunkOrder: 4, Duration: 30 })).toMatchObject({ status: 405 });
      const next = await harness.measurement(token);
      expect(await harness.addData(token, next, { ChunkOrder: 5 })).toMatchObject({ status: 400 });
      expect(await harness.addData(token, next, { ChunkOrder: 4 })).toMatchObject({ status: 200 });
      expect(await harness.addData(token, next, { ChunkOrder: 5, Action: "LAST::PROCESS" })).toMatchObject({
        status: 200,
      });
      const stranger = await harness.userToken("other@example.org");
      const theirs = await harness.measurement(stranger);
      expect(await harness.addData(stranger, theirs, { ChunkOrder: 4 })).toMatchObject({ status: 400 });
    });
  });
});

describe("requests that cannot be read", () => {
  test.each([
    ["no JSON", "{"],
    ["nothing", ""],
    ["a list", "[]"],
    ["null", "null"],
    ["a number", "7"],
    ["no key", "{}"],
    ["a key of the wrong type", '{"Key":7}'],
    ["deep nesting", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
  ])("%s is VALIDATION_ERROR", async (_what, body) => {
    await withServer({}, async (harness) => {
      expect(await harness.post("/organizations/licenses", undefined, body)).toMatchObject({
        status: 400,
        json: { Code: "VALIDATION_ERROR" },
      });
    });
  });

  test("text that is not UTF-8 is VALIDATION_ERROR", async () => {
    await withServer({}, async (harness) => {
      const body = Buffer.from('{"Key":"\xe4"}', "latin1");
      const response = await fetch(`${harness.server.restUrl}/organizations/licenses`, { method: "POST", body });
      expect(await response.json()).toMatchObject({ Code: "VALIDATION_ERROR" });
    });
  });

  test("the message names the field", async () => {
    await withServer({}, async (harness) => {
      const token = await harness.userToken();
      const id = await harness.measurement(token);
      const { json } = await harness.post(`/measurements/${id}/data`, token, { ...restChunk(), ChunkOrder: -1 });
      expect(json["Message"]).toBe("ChunkOrder missing or of the wrong form.");
    });
  });

  test.each([
    ["GET", "/"],
    ["DELETE", "/measurements/x"],
    ["GET", "/measurements/x/results/y"],
    ["POST", "/measurements/"],
    ["POST", "/measurements/a/b/data"],
    ["GET", `/measurements/${"x".repeat(65)}`],
    ["POST", "/organizations/licenses/"],
    ["PUT", "/users"],
  ])("%s %s is NOT_FOUND", async (method, path) => {
    await withServer({}, async (harness) => {
      expect(await harness.request(method, path, undefined, method === "GET" ? undefined : "{}")).toMatchObject({
        status: 404,
        json: { Code: "NOT_FOUND" },
      });
    });
  });
});

describe("the log", () => {
  test("holds no token, password, key or e-mail address", async () => {
    await withServer({}, async (harness) => {
      const device = await harness.deviceToken();
      const user = await harness.userToken();
      await harness.post("/users/auth", device, { Email: EMAIL, Password: "wrong secret" });
      await harness.post(`/organizations/licenses?Key=${LICENSE}`, user, { Key: "wrong key" });
      await harness.post("/measurements", user, { StudyID: "other" });
      const id = await harness.measurement(user);
      await harness.addData(user, id, { Action: "LAST::PROCESS" });
      await harness.untilStatus(user, id, "COMPLETE");
      const log = harness.log.map(({ text }) => text).join("\n");
      expect(log).toMatch(/INVALID_STUDY/);
      const secrets = [device, user].map((token) => token.replace("Bearer ", ""));
      for (const secret of [...secrets, PASSWORD, "wrong secret", LICENSE, "wrong key", EMAIL]) {
        expect(log).not.toContain(secret);
      }
    });
  });
});
