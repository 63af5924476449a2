import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { afterEach, describe, expect, test } from "vitest";

import { Database } from "../../src/server/store/database.js";
import { cleanEnv, freshFolder, jsonLines, program, start } from "../helpers/program.js";
import { bareConnection, Harness, LICENSE, payloadBytes, restChunk } from "../server/harness.js";

// `dfxterm serve` as a process: what is on disk when it is killed, how it ends.

interface Serving {
  readonly child: ChildProcess;
  readonly finished: Promise<{ status: number | null; stdout: string; stderr: string }>;
  readonly harness: Harness;
  readonly study: string;
}

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

async function serving(db: string, ...options: string[]): Promise<Serving> {
  const ports = ["--rest-port", "0", "--ws-port", "0"];
  const all = ["serve", ...ports, "--db", db, "--license-key", LICENSE, "--json-logs", ...options];
  const { child, finished } = start(all);
  running.push(child);
  const listening = await new Promise<string>((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (data: Buffer) => {
      text += data.toString();
      const line = /^.*"event":"listening".*$/m.exec(text)?.[0];
      if (line !== undefined) resolve(line);
    });
    child.on("exit", () => reject(new Error("the server ended")));
  });
  const { restUrl, wsUrl, studies } = JSON.parse(listening) as { restUrl: string; wsUrl: string; studies: string[] };
  const harness = new Harness({ restUrl, wsUrl, close: () => Promise.resolve() }, []);
  return { child, finished, harness, study: studies[0] ?? "" };
}

/** Chunks of three frames, so that many are sent in little time. */
async function addSmall(harness: Harness, token: string, id: string, order: number): Promise<number> {
  const Payload = Buffer.from(payloadBytes(order, 3)).toString("base64");
  return (await harness.addData(token, id, restChunk({ ChunkOrder: order, Payload, Duration: 0.1 }))).status;
}

describe("a server that is killed", () => {
  test("has every chunk that it acknowledged, and goes on with every measurement", async () => {
    const db = join(freshFolder("serve"), "server.db");
    const { child, harness, finished, study } = await serving(db);
    const token = await harness.userToken();
    const ids = await Promise.all(Array.from({ length: 8 }, () => harness.measurement(token, { StudyID: study })));
    const acknowledged = new Map(ids.map((id) => [id, 0]));
    const sending = ids.map(async (id) => {
      for (let order = 0; order < 500; order += 1) {
        if ((await addSmall(harness, token, id, order)) !== 200) return;
        acknowledged.set(id, order + 1);
        if (Math.min(...acknowledged.values()) >= 5) child.kill("SIGKILL");
      }
    });
    await Promise.allSettled(sending);
    await finished;
    const counts = [...acknowledged.values()];
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(Math.max(...counts)).toBeLessThan(500);

    const again = await serving(db);
    for (const [id, count] of acknowledged) {
      // The chunk whose acknowledgement was lost may be there too.
      const answers = [
        await addSmall(again.harness, token, id, count),
        await addSmall(again.harness, token, id, count),
      ];
      expect(answers).toContain(400);
      expect(await addSmall(again.harness, token, id, count - 1)).toBe(400);
      const Payload = Buffer.from(payloadBytes(count + 1, 3)).toString("base64");
      const last = { ...restChunk({ ChunkOrder: count + 1, Payload, Duration: 0.1 }), Action: "LAST::PROCESS" };
      expect((await again.harness.addData(token, id, last)).status).toBe(200);
    }
    await Promise.all(ids.map((id) => again.harness.untilStatus(token, id, "COMPLETE")));
    again.child.kill("SIGTERM");
    expect((await again.finished).status).toBe(0);
    const database = Database.open(db);
    const query = database.query<[string], { chunks: number; results: number }>(
      `SELECT (SELECT count(*) FROM chunks c WHERE c.measurement_id = m.id) AS chunks,
         (SELECT count(*) FROM results r WHERE r.measurement_id = m.id) AS results FROM measurements m WHERE id = ?`,
    );
    for (const [id, count] of acknowledged) expect(query.get(id)).toEqual({ chunks: count + 2, results: count + 2 });
    database.close();
  });
});

describe("signals", () => {
  test("the first finishes what was accepted, the second leaves now", async () => {
    const db = join(freshFolder("serve"), "server.db");
    const polite = await serving(db);
    const { socket } = await bareConnection(polite.harness.server.restUrl);
    // Half a request keeps the goodbye waiting for a moment.
    socket.write("POST /users HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n");
    polite.child.kill("SIGTERM");
    const { status, stdout } = await polite.finished;
    expect(status).toBe(0);
    expect(jsonLines(stdout).at(-1)).toMatchObject({ event: "closed" });

    // Its default is a core file, which would hold keys and passwords.
    const quit = await serving(db);
    quit.child.kill("SIGQUIT");
    expect((await quit.finished).status).toBe(0);

    const hurried = await serving(db);
    const other = await bareConnection(hurried.harness.server.restUrl);
    other.socket.write("POST /users HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n");
    await hurried.harness.deviceToken();
    hurried.child.kill("SIGTERM");
    await new Promise((resolve) => setTimeout(resolve, 50));
    hurried.child.kill("SIGINT");
    expect((await hurried.finished).status).toBe(130);
  });
});

describe("logs", () => {
  test("as JSON are one object per line and hold no secret; files are for their owner only", async () => {
    const folder = freshFolder("serve");
    const { child, harness, finished, study } = await serving(join(folder, "server.db"));
    const token = await harness.userToken();
    await harness.measurement(token, { StudyID: study });
    await harness.post("/organizations/licenses", undefined, { Key: "a wrong key" });
    for (const name of readdirSync(folder)) expect([name, statSync(join(folder, name)).mode & 0o77]).toEqual([name, 0]);
    child.kill("SIGINT");
    const { stdout, stderr } = await finished;
    expect(stderr).toBe("");
    const lines = jsonLines(stdout);
    expect(lines.find((line) => line["code"] === "INVALID_LICENSE")).toMatchObject({
      level: "warning",
      endpoint: "705",
      status: 403,
    });
    expect(lines.every((line) => typeof line["time"] === "string" && typeof line["message"] === "string")).toBe(true);
    for (const secret of [LICENSE, "a wrong key", token.slice(7), "someone@example.org", "a good password"]) {
      expect(stdout).not.toContain(secret);
    }
  });
});

test("as many connections as the process may open do not end it, and it serves again when they are gone", async () => {
  const limited = `ulimit -n 256; exec "${process.execPath}" "${program}" serve --rest-port 0 --ws-port 0 --db :memory: --json-logs`;
  const child = spawn("sh", ["-c", limited], { env: cleanEnv(), stdio: ["ignore", "pipe", "pipe"] });
  running.push(child);
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data: Buffer) => {
      log += data.toString();
    });
  }
  await Promise.race([once(child.stdout, "data"), once(child, "exit")]);
  expect(child.exitCode, log).toBeNull();
  const { restUrl } = JSON.parse(log.split("\n", 1)[0] ?? "") as { restUrl: string };
  const connections = await Promise.all(Array.from({ length: 150 }, () => bareConnection(restUrl)));
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (const { socket } of connections) socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((await fetch(`${restUrl}/status`)).status).toBe(200);
  expect(log).toContain("connections are refused: 96 are open, as many as may be");
  expect(execFileSync("ps", ["-o", "stat=", "-p", String(child.pid)], { encoding: "utf8" })).not.toMatch(/^Z/);
  child.kill("SIGTERM");
});
