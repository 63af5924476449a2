import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { Admin } from "../../src/app/admin.js";
import { AppError } from "../../src/domain/errors.js";
import { freshFolder, projectRoot } from "../helpers/program.js";
import { countChunks, type Harness, withServer } from "../server/harness.js";

// The tables are looked after while a server runs on them: both have the file open.

const KEY = "a key of some length";
const PASSWORD = "a good password";
const [, STUDY_TEXT = ""] = /```json\n([^]*?)```/.exec(readFileSync(join(projectRoot, "docs/study.md"), "utf8")) ?? [];

async function withBoth(use: (admin: Admin, harness: Harness, folder: string) => Promise<void>): Promise<void> {
  const folder = freshFolder("admin");
  const db = join(folder, "server.db");
  // Passwords cost what they cost: the admin hashes them for real.
  const limits = { passwordCost: 16_384 };
  await withServer({ db, licenseKeys: [], studies: [], analyse: countChunks, limits }, async (harness) => {
    const admin = Admin.open(db, false);
    try {
      await use(admin, harness, folder);
    } finally {
      admin.close();
    }
  });
}

function message(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    return (error as AppError).message;
  }
  return "";
}

const wish = { key: KEY, name: "Lab", deviceSlots: undefined, lastDay: undefined };

describe("licences", () => {
  test("work as soon as they are added, with as many devices as they have slots, and end when they are removed", async () => {
    await withBoth(async (admin, harness) => {
      const register = async (Key = KEY) => await harness.post("/organizations/licenses", undefined, { Key });
      expect(await register()).toMatchObject({ status: 403, json: { Code: "INVALID_LICENSE" } });
      const { id } = admin.addLicence({ ...wish, deviceSlots: 2 });
      const first = await register();
      const token = `Bearer ${String(first.json["Token"])}`;
      expect([first.status, (await register()).status, (await register()).status]).toEqual([200, 200, 403]);
      expect(admin.licences()).toMatchObject([{ id, name: "Lab", deviceSlots: 2, devices: 2, users: 0 }]);
      await harness.request("DELETE", "/organizations/licenses", token);
      expect((await register()).status).toBe(200);

      admin.removeLicence(id, false);
      expect(admin.licences()).toEqual([]);
      expect((await register()).status).toBe(403);
      expect(message(() => admin.removeLicence(id, false))).toMatch(/there is no licence/);
    });
  });

  test("end after their last day", async () => {
    await withBoth(async (admin, harness) => {
      admin.addLicence({ ...wish, lastDay: "2001-01-01" });
      const today = new Date().toISOString().slice(0, 10);
      const { key = "" } = admin.addLicence({ ...wish, key: undefined, lastDay: today });
      expect(key).toMatch(/^[0-9a-f]{32}$/);
      const register = async (Key: string) => await harness.post("/organizations/licenses", undefined, { Key });
      expect(await register(KEY)).toMatchObject({ status: 403, json: { Code: "LICENSE_EXPIRED" } });
      expect(await register(key)).toMatchObject({ status: 200 });
    });
  });

  test("with short or taken keys and odd names are refused", async () => {
    await withBoth(async (admin) => {
      admin.addLicence(wish);
      expect(message(() => admin.addLicence(wish))).toMatch(/is there already/);
      expect(message(() => admin.addLicence({ ...wish, key: "short" }))).toMatch(/too short/);
      expect(message(() => admin.addLicence({ ...wish, key: undefined, name: "a\nb" }))).toMatch(/one line/);
      await Promise.resolve();
    });
  });
});

describe("users", () => {
  test("log in as soon as they are added, and are gone with their measurements when they are removed", async () => {
    await withBoth(async (admin, harness, folder) => {
      await expect(admin.addUser(undefined, "a@b.c", PASSWORD)).rejects.toThrow(/no licence yet/);
      admin.addLicence(wish);
      writeFileSync(join(folder, "study.json"), STUDY_TEXT);
      const study = admin.addStudy(join(folder, "study.json"), { id: "s" });
      await admin.addUser(undefined, "A@b.c", PASSWORD);
      const device = await harness.post("/organizations/licenses", undefined, { Key: KEY });
      const login = { Email: "a@b.c", Password: PASSWORD };
      const { json } = await harness.post("/users/auth", `Bearer ${String(device.json["Token"])}`, login);
      const token = `Bearer ${String(json["Token"])}`;
      const id = await harness.measurement(token, { StudyID: study.id });
      expect(admin.users()).toMatchObject([{ email: "a@b.c", licenceName: "Lab", measurements: 1 }]);
      expect(message(() => admin.removeUser("a@b.c", false))).toBe(
        "1 measurement would be deleted too: say so with --with-measurements",
      );
      admin.removeUser("a@b.c", true);
      expect(await harness.request("GET", `/measurements/${id}`, token)).toMatchObject({ status: 401 });
      expect(admin.licences()).toMatchObject([{ measurements: 0, users: 0 }]);
    });
  });

  test("need a licence that is told when there are several, an address and a password of some length", async () => {
    await withBoth(async (admin) => {
      const { id } = admin.addLicence(wish);
      admin.addLicence({ ...wish, key: undefined });
      await expect(admin.addUser(undefined, "a@b.c", PASSWORD)).rejects.toThrow(/several licences/);
      await expect(admin.addUser("none", "a@b.c", PASSWORD)).rejects.toThrow(/no licence none/);
      await expect(admin.addUser(id, "no address", PASSWORD)).rejects.toThrow(/no e-mail address/);
      await expect(admin.addUser(id, "a@b.c", "short")).rejects.toThrow(/too short/);
      await admin.addUser(id, "a@b.c", PASSWORD);
      await expect(admin.addUser(id, "a@b.c", PASSWORD)).rejects.toThrow(/a user of this licence already/);
      expect(message(() => admin.removeUser("b@b.c", false))).toMatch(/no user b@b.c/);
    });
  });
});

describe("studies", () => {
  test("are offered as soon as they are added, with the file as their configuration", async () => {
    await withBoth(async (admin, harness, folder) => {
      const path = join(folder, "study.json");
      writeFileSync(path, STUDY_TEXT);
      const study = admin.addStudy(path, { name: "Two cheeks" });
      expect(study.name).toBe("Two cheeks");
      expect(message(() => admin.addStudy(path, { id: study.id }))).toMatch(/is there already/);
      admin.addLicence(wish);
      const { json } = await harness.post("/organizations/licenses", undefined, { Key: KEY });
      const token = `Bearer ${String(json["Token"])}`;
      const config = await harness.post("/studies/sdkconfig", token, { StudyID: study.id });
      expect(Buffer.from(String(config.json["ConfigFile"]), "base64").toString()).toBe(STUDY_TEXT);
      admin.removeStudy(study.id);
      expect(await harness.request("GET", `/studies/${study.id}`, token)).toMatchObject({ status: 404 });
      expect(message(() => admin.removeStudy(study.id))).toMatch(/there is no study/);
    });
  });

  test("that are none are refused", async () => {
    await withBoth(async (admin, _harness, folder) => {
      const path = join(folder, "study.dat");
      writeFileSync(path, "opaque");
      expect(message(() => admin.addStudy(path, {}))).toMatch(/not a dfxterm study/);
      expect(message(() => admin.addStudy(join(folder, "none"), {}))).toMatch(/cannot be read \(not found\)/);
      writeFileSync(path, " ".repeat(300_000));
      expect(message(() => admin.addStudy(path, {}))).toMatch(/too large/);
      await Promise.resolve();
    });
  });
});

test("a store that is not there is not made by looking into it", () => {
  const db = join(freshFolder("admin"), "none.db");
  expect(message(() => Admin.open(db, false))).toMatch(/there is no store .*none\.db: give its file with --db/);
  Admin.open(db, true).close();
  Admin.open(db, false).close();
});
