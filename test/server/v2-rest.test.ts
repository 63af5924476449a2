import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { freshFolder } from "../helpers/program.js";
import { EMAIL, type Harness, LICENSE, PASSWORD, payloadBytes, perFrame, STUDY, withServer } from "./harness.js";

const CONFIG = Buffer.from('{"format":"dfxterm-study"}\n');
const STUDIES = [
  { id: STUDY, name: "Test", description: "For tests", config: CONFIG },
  { id: "bare", name: "Bare" },
];
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const HOUR_S = 3600;

interface Session {
  readonly device: string;
  readonly deviceRefresh: string;
  readonly user: string;
  readonly userRefresh: string;
}

const bearer = (token: unknown): string => `Bearer ${String(token)}`;

/** Registers and logs in as the Python client of version 2 does. */
async function v2Session(harness: Harness, email = EMAIL, seconds: object = {}): Promise<Session> {
  const wishes = { TokenExpiresIn: 86_400, RefreshTokenExpiresIn: 2_592_000, ...seconds };
  const registered = await harness.post("/organizations/licenses", undefined, {
    Key: LICENSE,
    DeviceTypeID: "LINUX",
    Name: "a device",
    Identifier: "app",
    Version: "0.15.0",
    TokenSubject: "",
    ...wishes,
  });
  const device = bearer(registered.json["Token"]);
  await harness.post("/users", device, { Email: email, Password: PASSWORD });
  const login = { Email: email, Password: PASSWORD, MFAToken: "", ...wishes };
  const { json } = await harness.post("/users/auth", device, login);
  return {
    device,
    deviceRefresh: String(registered.json["RefreshToken"]),
    user: bearer(json["Token"]),
    userRefresh: String(json["RefreshToken"]),
  };
}

function claimsOf(token: string): Record<string, unknown> {
  const [, claims = ""] = token.replace("Bearer ", "").split(".");
  return JSON.parse(Buffer.from(claims, "base64url").toString()) as Record<string, unknown>;
}

test("the store holds no password, licence key or token in clear", async () => {
  const db = join(freshFolder("at-rest"), "server.db");
  await withServer({ db }, async (harness) => {
    const first = await harness.userToken("first@example.org");
    const { device, deviceRefresh, user, userRefresh } = await v2Session(harness);
    const stored = [db, `${db}-wal`].map((path) => readFileSync(path, "latin1")).join("");
    expect(stored).toContain(EMAIL);
    const tokens = [first, device, user].map((token) => token.replace("Bearer ", ""));
    // The last part of a JWT is what cannot be made up.
    const parts = tokens.map((token) => token.split(".").at(-1) ?? "");
    for (const secret of [PASSWORD, LICENSE, deviceRefresh, userRefresh, ...tokens, ...parts]) {
      expect(secret).not.toBe("");
      expect(stored).not.toContain(secret);
    }
  });
});

describe("tokens of version 2", () => {
  test("are JWTs that say whom they are for and when they end, with refresh tokens", async () => {
    await withServer({ nowMs: () => 1_000_000_500 }, async (harness) => {
      const { device, user, userRefresh } = await v2Session(harness);
      expect(device.slice(7)).toMatch(JWT);
      expect(claimsOf(device)).toMatchObject({ Type: "Device", RoleID: "DEVICE", iat: 1_000_000, exp: 1_086_400 });
      expect(claimsOf(user)).toMatchObject({ Type: "User", RoleID: "USER", iss: "dfxterm" });
      expect(userRefresh).toMatch(/^[\w-]{43}$/);
      const { json } = await harness.request("GET", "/auth", user);
      expect(json).toEqual(Object.fromEntries(Object.entries(claimsOf(user)).filter(([name]) => name !== "jti")));
    });
  });

  test("end when they were asked to, but not later than the day, the month and the licence allow", async () => {
    let nowMs = 1_000_000_000;
    await withServer({ nowMs: () => nowMs }, async (harness) => {
      const short = await v2Session(harness, EMAIL, { TokenExpiresIn: 60 });
      const long = await v2Session(harness, EMAIL, { TokenExpiresIn: 1e9 });
      expect(claimsOf(long.user)).toMatchObject({ exp: 1_086_400 });
      expect(await harness.request("GET", "/auth", short.user)).toMatchObject({ status: 200 });
      nowMs += 60_000;
      const expired = { status: 401, json: { Code: "TOKEN_EXPIRED" } };
      for (const token of [short.user, short.device]) {
        expect(await harness.request("GET", "/auth", token)).toMatchObject(expired);
        expect(await harness.request("GET", "/measurements", token)).toMatchObject(expired);
        expect(await harness.post("/measurements", token, { StudyID: STUDY })).toMatchObject(expired);
      }
      expect(await harness.request("GET", "/auth", long.user)).toMatchObject({ status: 200 });
      nowMs += 24 * HOUR_S * 1000;
      expect(await harness.request("GET", "/auth", long.user)).toMatchObject(expired);
    });
  });

  test("are renewed once: both old ones end, and the new pair can be renewed again", async () => {
    let nowMs = 1_000_000_000;
    await withServer({ nowMs: () => nowMs }, async (harness) => {
      const { user, userRefresh } = await v2Session(harness, EMAIL, { TokenExpiresIn: 60 });
      nowMs += 61_000;
      const pair = { Token: user.slice(7), RefreshToken: userRefresh, RefreshTokenExpiresIn: null };
      const renewed = await harness.post("/auths/renew", undefined, pair);
      expect(renewed.status).toBe(200);
      expect(Object.keys(renewed.json)).toEqual(["Token", "RefreshToken"]);
      expect(claimsOf(String(renewed.json["Token"]))).toMatchObject({ exp: 1_000_121 });
      expect(await harness.request("GET", "/auth", bearer(renewed.json["Token"]))).toMatchObject({ status: 200 });
      const again = await harness.post("/auths/renew", undefined, pair);
      expect(again).toMatchObject({ status: 401, json: { Code: "INVALID_TOKEN" } });
      expect(await harness.request("GET", "/auth", user)).toMatchObject({ json: { Code: "INVALID_TOKEN" } });
      expect(await harness.post("/auths/renew", undefined, renewed.json)).toMatchObject({ status: 200 });
    });
  });

  test("are not renewed with another's refresh token, an unknown one or an ended one", async () => {
    let nowMs = 1_000_000_000;
    await withServer({ nowMs: () => nowMs }, async (harness) => {
      const one = await v2Session(harness, EMAIL, { RefreshTokenExpiresIn: 100 });
      const other = await v2Session(harness, "other@example.org");
      const renew = async (RefreshToken: string) =>
        await harness.post("/auths/renew", undefined, { Token: one.user.slice(7), RefreshToken });
      for (const refresh of [other.userRefresh, one.deviceRefresh, "x", `${one.userRefresh}x`]) {
        expect(await renew(refresh)).toMatchObject({ status: 401, json: { Code: "INVALID_TOKEN" } });
      }
      nowMs += 100_000;
      expect(await renew(one.userRefresh)).toMatchObject({ status: 401, json: { Code: "TOKEN_EXPIRED" } });
    });
  });

  test("have children that end soon, cannot be renewed and do what the parent may", async () => {
    let nowMs = 1_000_000_000;
    await withServer({ nowMs: () => nowMs }, async (harness) => {
      const { user, userRefresh } = await v2Session(harness);
      const pair = { Token: user.slice(7), RefreshToken: userRefresh };
      const { json } = await harness.post("/auths/generateToken", undefined, { ...pair, expiryInSec: 30 });
      expect(Object.keys(json)).toEqual(["Token"]);
      const child = bearer(json["Token"]);
      expect(await harness.post("/measurements", child, { StudyID: STUDY })).toMatchObject({ status: 200 });
      const renewal = { Token: json["Token"], RefreshToken: userRefresh };
      expect(await harness.post("/auths/renew", undefined, renewal)).toMatchObject({ status: 401 });
      nowMs += 31_000;
      expect(await harness.request("GET", "/auth", child)).toMatchObject({ json: { Code: "TOKEN_EXPIRED" } });
      expect(await harness.request("GET", "/auth", user)).toMatchObject({ status: 200 });
    });
  });

  test("are changed by nobody: any other character makes a token unknown", async () => {
    await withServer({}, async (harness) => {
      const { user } = await v2Session(harness);
      const [head = "", claims = "", signature = ""] = user.slice(7).split(".");
      const forged = Buffer.from(JSON.stringify({ ...claimsOf(user), exp: 9_999_999_999 })).toString("base64url");
      for (const token of [`${head}.${forged}.${signature}`, `${head}.${claims}.`, `${head}.${claims}`]) {
        expect(await harness.request("GET", "/auth", bearer(token))).toMatchObject({ json: { Code: "INVALID_TOKEN" } });
      }
    });
  });

  test("end with a log-out, with the device and with the user", async () => {
    await withServer({}, async (harness) => {
      const gone = { status: 401, json: { Code: "INVALID_TOKEN" } };
      const first = await v2Session(harness);
      const second = await v2Session(harness);
      expect(await harness.request("DELETE", "/users/auth", first.user)).toMatchObject({ status: 200 });
      expect(await harness.request("GET", "/auth", first.user)).toMatchObject(gone);
      expect(await harness.request("GET", "/auth", second.user)).toMatchObject({ status: 200 });
      expect(await harness.request("DELETE", "/organizations/licenses", first.device)).toMatchObject({ status: 200 });
      expect(await harness.request("GET", "/auth", first.device)).toMatchObject(gone);
      expect(await harness.request("DELETE", "/users", second.user)).toMatchObject({ status: 200 });
      expect(await harness.request("GET", "/auth", second.user)).toMatchObject(gone);
      expect(await harness.request("GET", "/auth", second.device)).toMatchObject({ status: 200 });
    });
  });

  test("that are tied to a host are refused from others", async () => {
    await withServer({}, async (harness) => {
      const { json } = await harness.post("/organizations/licenses", undefined, {
        Key: LICENSE,
        TokenSubject: "lab.example.org",
      });
      const status = async (headers: Record<string, string>): Promise<number> => {
        const all = { authorization: bearer(json["Token"]), ...headers };
        return (await fetch(`${harness.server.restUrl}/auth`, { headers: all })).status;
      };
      expect(await status({ referer: "https://lab.example.org/page" })).toBe(200);
      expect(await status({ origin: "https://lab.example.org" })).toBe(200);
      expect(await status({ referer: "https://other.example.org/" })).toBe(403);
      expect(await status({})).toBe(403);
    });
  });

  test("a device may measure on its own, its measurements are its own", async () => {
    await withServer({}, async (harness) => {
      const one = await v2Session(harness);
      const { json } = await harness.post("/measurements", one.device, { StudyID: STUDY, Resolution: 0 });
      const path = `/measurements/${String(json["ID"])}`;
      expect(await harness.request("GET", path, one.device)).toMatchObject({ status: 200, json: { UserID: "" } });
      expect(await harness.request("GET", path, one.user)).toMatchObject({ status: 404 });
      const other = await v2Session(harness);
      expect(await harness.request("GET", path, other.device)).toMatchObject({ status: 404 });
    });
  });
});

describe("lists for everybody", () => {
  test.each(["mimes", "roles", "statuses", "regions"])("%s is a list", async (name) => {
    await withServer({}, async (harness) => {
      const { status, json } = await harness.request("GET", `/${name}`);
      expect(status).toBe(200);
      expect(Array.isArray(json)).toBe(true);
    });
  });
});

describe("users", () => {
  test("see their own record, without the password", async () => {
    await withServer({}, async (harness) => {
      const { device } = await v2Session(harness, "first@example.org");
      const person = { FirstName: "A", LastName: "B", Gender: "female", HeightCm: "170", WeightKg: 60 };
      const login = { Email: "Me@Example.org", Password: PASSWORD };
      await harness.post("/users", device, { ...person, ...login });
      const { json } = await harness.post("/users/auth", device, login);
      expect(json["RefreshToken"]).toBeDefined();
      const record = await harness.request("GET", "/users", bearer(json["Token"]));
      expect(record.json).toMatchObject({ ...person, WeightKg: "60", Email: "me@example.org", StatusID: "ACTIVE" });
      expect(record.text).not.toContain(PASSWORD);
      expect((await harness.request("GET", "/users/role", bearer(json["Token"]))).json["ID"]).toBe("USER");
    });
  });

  test("change their own record and password, and keep what they leave empty", async () => {
    await withServer({}, async (harness) => {
      const { device, user } = await v2Session(harness);
      const changed = await harness.request("PATCH", "/users", user, {
        FirstName: "New",
        LastName: "",
        HeightCm: "171",
      });
      expect(changed.status).toBe(200);
      await harness.request("PATCH", "/users", user, { FirstName: "", Gender: null, Password: "another password" });
      const { json } = await harness.request("GET", "/users", user);
      expect(json).toMatchObject({ FirstName: "New", HeightCm: "171", Email: EMAIL });
      const login = async (Password: string) => await harness.post("/users/auth", device, { Email: EMAIL, Password });
      expect(await login(PASSWORD)).toMatchObject({ status: 401 });
      expect(await login("another password")).toMatchObject({ status: 200 });
      expect(await harness.request("PATCH", "/users", device, { FirstName: "x" })).toMatchObject({ status: 403 });
    });
  });

  test("that go take their measurements and profiles with them", async () => {
    await withServer({}, async (harness) => {
      const { user } = await v2Session(harness);
      const { json } = await harness.post("/measurements", user, { StudyID: STUDY });
      await harness.post("/users/profiles", user, { Name: "P", Email: "" });
      await harness.request("DELETE", "/users", user);
      const again = await v2Session(harness);
      expect(await harness.request("GET", `/measurements/${String(json["ID"])}`, again.user)).toMatchObject({
        status: 404,
      });
      expect((await harness.request("GET", "/measurements", again.user)).json).toEqual([]);
      expect((await harness.request("GET", "/users/profiles", again.user)).json).toEqual([]);
    });
  });
});

describe("profiles", () => {
  test("are created, listed, read, changed and deleted", async () => {
    await withServer({ nowMs: () => 5_000_000 }, async (harness) => {
      const { user } = await v2Session(harness);
      const ids: string[] = [];
      for (const Name of ["Anna", "Bernd", "Hanna"]) {
        const created = await harness.post("/users/profiles", user, { Name, Email: "no_email_provided" });
        ids.push(String(created.json["ID"]));
      }
      const list = async (query: string) =>
        (await harness.request("GET", `/users/profiles?${query}`, user)).json as unknown as Record<string, unknown>[];
      const all = await list("UserProfileName=&Status=&Limit=25&Offset=0");
      expect(all.map((row) => row["Name"])).toEqual(["Hanna", "Bernd", "Anna"]);
      expect(all[0]).toMatchObject({ ID: ids[2], Status: "ACTIVE", TotalCount: 3, MeasurementCount: 0, Created: 5000 });
      expect((await list("UserProfileName=ANNA")).map((row) => row["Name"])).toEqual(["Hanna", "Anna"]);
      expect(await list("Limit=1&Offset=1")).toMatchObject([{ Name: "Bernd", TotalCount: 3 }]);

      const path = `/users/profiles/${ids[0]}`;
      expect(await harness.post("/users/profiles", user, { Name: "Anna", Email: "" })).toMatchObject({ status: 409 });
      expect(await harness.request("PATCH", path, user, { Name: "Hanna" })).toMatchObject({ status: 409 });
      expect(
        await harness.request("PATCH", path, user, { Name: "", Email: "a@b.c", Status: "INACTIVE" }),
      ).toMatchObject({
        status: 200,
      });
      expect((await harness.request("GET", path, user)).json).toMatchObject({
        Name: "Anna",
        Email: "a@b.c",
        Status: "INACTIVE",
      });
      expect(await list("Status=INACTIVE")).toHaveLength(1);
      expect(await harness.request("DELETE", path, user)).toMatchObject({ status: 200 });
      const gone = { status: 404, json: { Code: "INVALID_USER_PROFILE" } };
      for (const method of ["GET", "DELETE"]) expect(await harness.request(method, path, user)).toMatchObject(gone);
    });
  });

  test("of someone else are unknown", async () => {
    await withServer({}, async (harness) => {
      const mine = await v2Session(harness);
      const other = await v2Session(harness, "other@example.org");
      const { json } = await harness.post("/users/profiles", mine.user, { Name: "P", Email: "" });
      const path = `/users/profiles/${String(json["ID"])}`;
      expect(await harness.request("GET", path, other.user)).toMatchObject({ status: 404 });
      expect(await harness.request("PATCH", path, other.user, { Name: "Q" })).toMatchObject({ status: 404 });
      expect(await harness.request("DELETE", path, other.user)).toMatchObject({ status: 404 });
      expect(await harness.request("GET", path, mine.user)).toMatchObject({ status: 200, json: { Name: "P" } });
      expect((await harness.request("GET", "/users/profiles", mine.device)).json["Code"]).toBe("RESTRICTED");
    });
  });

  test("of someone else, and those that are gone, are not measured", async () => {
    await withServer({ studies: STUDIES }, async (harness) => {
      const mine = await v2Session(harness);
      const other = await v2Session(harness, "other@example.org");
      const { json } = await harness.post("/users/profiles", mine.user, { Name: "P", Email: "" });
      const profile = String(json["ID"]);
      const measure = async (token: string) =>
        await harness.post("/measurements", token, { StudyID: STUDY, UserProfileID: profile });
      expect(await measure(mine.user)).toMatchObject({ status: 200 });
      expect(await measure(mine.device)).toMatchObject({ status: 200 });
      const unknown = { status: 404, json: { Code: "INVALID_USER_PROFILE" } };
      expect(await measure(other.user)).toMatchObject(unknown);
      await harness.request("DELETE", `/users/profiles/${profile}`, mine.user);
      expect(await measure(mine.user)).toMatchObject(unknown);
    });
  });

  test("asked for with the token of a device belong to the user who logged in there last, and to nobody without one", async () => {
    await withServer({}, async (harness) => {
      const { device, user } = await v2Session(harness);
      const create = async (Name: string) => await harness.post("/users/profiles", device, { Name, Email: "" });
      const login = { Email: "second@example.org", Password: PASSWORD };
      expect(await create("of the first")).toMatchObject({ status: 200 });
      await harness.post("/users", device, login);
      const second = bearer((await harness.post("/users/auth", device, login)).json["Token"]);
      expect(await create("of the second")).toMatchObject({ status: 200 });
      const listed = async (token: string) => (await harness.request("GET", "/users/profiles", token)).json;
      expect(await listed(user)).toMatchObject([{ Name: "of the first" }]);
      expect(await listed(second)).toMatchObject([{ Name: "of the second" }]);
      for (const token of [user, second]) await harness.request("DELETE", "/users/auth", token);
      expect(await create("of nobody")).toMatchObject({ status: 403, json: { Code: "RESTRICTED" } });
    });
  });
});

describe("studies", () => {
  test("are listed and read, with what was measured in them", async () => {
    await withServer({ studies: STUDIES }, async (harness) => {
      const { user, device } = await v2Session(harness);
      await harness.post("/measurements", user, { StudyID: STUDY });
      await harness.post("/measurements", user, { StudyID: STUDY });
      for (const token of [user, device]) {
        const { json } = await harness.request("GET", "/studies?Date=&Name=&StatusID=&Limit=25&Offset=0", token);
        expect(json).toMatchObject([
          { ID: STUDY, Name: "Test", StatusID: "ACTIVE", Measurements: 2, Participants: 1, TotalCount: 2 },
          { ID: "bare", Name: "Bare", Measurements: 0 },
        ]);
      }
      expect((await harness.request("GET", "/studies?Name=bar", user)).json).toHaveLength(1);
      expect((await harness.request("GET", "/studies?StatusID=INACTIVE", user)).json).toEqual([]);
      expect((await harness.request("GET", "/studies?Limit=1&Offset=1", user)).json).toMatchObject([{ ID: "bare" }]);
      const one = await harness.request("GET", `/studies/${STUDY}`, user);
      expect(one.json).toMatchObject({ ID: STUDY, Description: "For tests" });
      expect(one.json["Signals"]).toEqual(["HR_BPM", "SNR", "BR_BPM", "HRV_SDNN", "HRV_RMSSD"]);
      expect(await harness.request("GET", "/studies/none", user)).toMatchObject({ json: { Code: "INVALID_STUDY" } });
      expect(await harness.request("GET", "/studies")).toMatchObject({ status: 401 });
    });
  });

  test("give their configuration with its hash, and 304 to whoever has it", async () => {
    await withServer({ studies: STUDIES }, async (harness) => {
      const { user } = await v2Session(harness);
      const md5 = createHash("md5").update(CONFIG).digest("hex");
      const ask = { StudyID: STUDY, SDKID: "dfxterm", MD5Hash: "" };
      const config = await harness.post("/studies/sdkconfig", user, ask);
      expect(config.json).toEqual({ ConfigFile: CONFIG.toString("base64"), MD5Hash: md5 });
      expect((await harness.post("/studies/sdkconfig/hash", user, ask)).json).toEqual({ MD5Hash: md5 });
      const known = await fetch(`${harness.server.restUrl}/studies/sdkconfig`, {
        method: "POST",
        headers: { authorization: user },
        body: JSON.stringify({ ...ask, MD5Hash: md5.toUpperCase() }),
      });
      expect([known.status, await known.text()]).toEqual([304, ""]);
      // The Python client reads an empty body as none, if its type is JSON; the npm client parses what has a parameter.
      expect(known.headers.get("content-type")).toBe("application/json");
      for (const [StudyID, code] of [
        ["bare", "NOT_FOUND"],
        ["none", "INVALID_STUDY"],
      ]) {
        expect(await harness.post("/studies/sdkconfig", user, { ...ask, StudyID })).toMatchObject({
          json: { Code: code },
        });
      }
    });
  });
});

/** A chunk with what version 2 sends over REST, and no more. */
function v2Chunk(order: number, action?: string): object {
  const Action = action ?? (order === 0 ? "FIRST::PROCESS" : "CHUNK::PROCESS");
  return { Action, Payload: Buffer.from(payloadBytes(order)).toString("base64") };
}

describe("measurements", () => {
  test("run over REST alone: data without numbers, results by number", async () => {
    await withServer({ analyse: perFrame }, async (harness) => {
      const { user } = await v2Session(harness);
      const body = { StudyID: STUDY, Resolution: 0, UserProfileID: "", PartnerID: "partner 7" };
      const id = String((await harness.post("/measurements", user, body)).json["ID"]);
      const path = `/measurements/${id}`;
      expect((await harness.request("GET", `${path}/results/0`, user)).json).toEqual({});
      for (const [order, action] of ["FIRST::PROCESS", "CHUNK::IGNORE", "LAST::PROCESS"].entries()) {
        const { json } = await harness.post(`${path}/data`, user, v2Chunk(order, action));
        expect(json).toEqual({ ID: expect.any(String), ChunkOrder: order });
      }
      await harness.untilStatus(user, id, "COMPLETE");
      const result = await harness.request("GET", `${path}/results/0`, user);
      expect(result.json).toMatchObject({
        MeasurementID: id,
        MeasurementDataID: `${id}:0`,
        Multiplier: 10_000,
        Channels: { HR_BPM: { Channel: "HR_BPM", Data: [720_745] }, SNR: { Notes: ["NOTE_DEGRADED_ACCURACY"] } },
        Error: { Code: "OK" },
      });
      expect((await harness.request("GET", `${path}/results/1`, user)).json).toEqual({});
      expect((await harness.request("GET", `${path}/results/2`, user)).json).toMatchObject({
        MeasurementDataID: `${id}:2`,
      });
      const { json } = await harness.request("GET", `${path}?ExpandResults=true`, user);
      expect(json).toMatchObject({
        StatusID: "COMPLETE",
        PartnerID: "partner 7",
        Results: { HR_BPM: [{ Data: [720_745] }] },
      });
      // Every signal that has a name has values, a text and a category: a published client reads all four.
      expect(json).toMatchObject({
        SignalNames: { HR_BPM: "Heart rate", SNR: "SNR" },
        SignalUnits: { HR_BPM: "bpm" },
        SignalDescriptions: { HR_BPM: "Heart rate in bpm." },
        SignalConfig: { HR_BPM: { category: "Vital signs" } },
      });
      expect((await harness.request("GET", `${path}?ExpandResults=false`, user)).json["Results"]).toEqual({});
    });
  });

  test("are ended by the client, and take nothing after that", async () => {
    await withServer({}, async (harness) => {
      const { user } = await v2Session(harness);
      const id = String((await harness.post("/measurements", user, { StudyID: STUDY })).json["ID"]);
      await harness.post(`/measurements/${id}/data`, user, v2Chunk(0));
      expect(await harness.post(`/measurements/${id}/end`, user, {})).toMatchObject({ status: 200, json: { ID: id } });
      expect(await harness.post(`/measurements/${id}/end`, user, {})).toMatchObject({ status: 200 });
      expect(await harness.post(`/measurements/${id}/data`, user, v2Chunk(1))).toMatchObject({
        status: 405,
        json: { Code: "MEASUREMENT_CLOSED" },
      });
      expect(await harness.untilStatus(user, id, "COMPLETE")).toMatchObject({ StatusID: "COMPLETE" });
    });
  });

  test("are listed with filters, newest first, one's own only", async () => {
    let nowMs = Date.parse("2024-05-05T12:00:00Z");
    await withServer({ nowMs: () => nowMs, studies: STUDIES }, async (harness) => {
      const { user } = await v2Session(harness);
      const other = await v2Session(harness, "other@example.org");
      const profile = String((await harness.post("/users/profiles", user, { Name: "Anna", Email: "" })).json["ID"]);
      const create = async (token: string, fields: object): Promise<string> =>
        String((await harness.post("/measurements", token, { StudyID: STUDY, ...fields })).json["ID"]);
      const first = await create(user, { UserProfileID: profile });
      nowMs += 20 * HOUR_S * 1000;
      const second = await create(user, { PartnerID: "p" });
      const third = await create(user, { StudyID: "bare", Mode: "VIDEO" });
      await create(other.user, {});
      await harness.post(`/measurements/${second}/end`, user, {});
      const list = async (query: string): Promise<unknown[]> => {
        const { json } = await harness.request("GET", `/measurements?${query}`, user);
        return (json as unknown as Record<string, unknown>[]).map((row) => row["ID"]);
      };
      expect(await list("")).toEqual([third, second, first]);
      expect(
        await list("Date=&EndDate=&UserProfileID=&StudyID=&StatusID=&PartnerID=&Mode=&Limit=50&Offset=0"),
      ).toHaveLength(3);
      expect(await list("StudyID=bare")).toEqual([third]);
      expect(await list("StatusID=COMPLETE")).toEqual([second]);
      expect(await list("Mode=VIDEO")).toEqual([third]);
      expect(await list(`UserProfileID=${profile}`)).toEqual([first]);
      expect(await list("UserProfileName=ann")).toEqual([first]);
      expect(await list("PartnerID=p")).toEqual([second]);
      expect(await list("Date=2024-05-06")).toEqual([third, second]);
      expect(await list("EndDate=2024-05-05")).toEqual([first]);
      expect(await list(`Date=${nowMs / 1000}`)).toEqual([third, second]);
      expect(await list("Limit=1&Offset=1")).toEqual([second]);
      expect(await list("StudyID=%27%20OR%20%27%27%3D%27")).toEqual([]);
      const { json } = await harness.request("GET", "/measurements?Limit=1&Offset=2", user);
      expect(json).toMatchObject([
        { UserProfileName: "Anna", UserProfileID: profile, TotalCount: 3, Mode: "DISCRETE" },
      ]);
      for (const query of ["Limit=x", "Limit=-1", "Date=yesterday", "StudyID=%00"]) {
        expect(await harness.request("GET", `/measurements?${query}`, user)).toMatchObject({
          status: 400,
          json: { Code: "VALIDATION_ERROR" },
        });
      }
    });
  });

  test("of someone else are unknown, whatever is asked", async () => {
    await withServer({}, async (harness) => {
      const mine = await v2Session(harness);
      const other = await v2Session(harness, "other@example.org");
      const id = String((await harness.post("/measurements", mine.user, { StudyID: STUDY })).json["ID"]);
      const answers = [
        await harness.request("GET", `/measurements/${id}?ExpandResults=true`, other.user),
        await harness.request("GET", `/measurements/${id}/results/0`, other.user),
        await harness.post(`/measurements/${id}/data`, other.user, v2Chunk(0)),
        await harness.post(`/measurements/${id}/end`, other.user, {}),
        await harness.request("GET", `/measurements/${id}`, mine.device),
      ];
      for (const answer of answers) {
        expect(answer).toMatchObject({ status: 404, json: { Code: "INVALID_MEASUREMENT" } });
      }
    });
  });
});
