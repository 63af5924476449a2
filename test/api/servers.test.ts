import { expect, test } from "vitest";

import { SERVER_NAMES, serverAddress, usualApi } from "../../src/api/servers.js";
import { AppError } from "../../src/domain/errors.js";

function checkRefused(server: Parameters<typeof serverAddress>[0], sentence: RegExp): void {
  let caught: unknown;
  try {
    serverAddress(server);
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(AppError);
  expect(caught).toMatchObject({ code: "USAGE", message: expect.stringMatching(sentence) });
}

test("knows the servers of the original client by name, in any case", () => {
  expect(serverAddress("PROD")).toEqual({
    name: "prod",
    restUrl: "https://api.deepaffex.ai:9443",
    wsUrl: "wss://api.deepaffex.ai:9080",
  });
  expect(serverAddress("demo-cn").wsUrl).toBe("wss://demo.api.deepaffex.cn:9080");
  expect(SERVER_NAMES).toEqual(["qa", "dev", "demo", "prod", "prod-cn", "demo-cn"]);
});

test("an unknown name is refused with the near ones and all", () => {
  checkRefused("prd", /no server "prd"\. Did you mean prod\?.*local, qa, dev, demo, prod, prod-cn, demo-cn/);
  checkRefused("somewhere", /^There is no server "somewhere"\. The servers are/);
  checkRefused("constructor", /no server "constructor"/);
});

test("version 2 is on the usual ports, and is what the service's names mean", () => {
  expect(serverAddress("prod-cn", "v2")).toEqual({
    name: "prod-cn",
    restUrl: "https://api.deepaffex.cn",
    wsUrl: "wss://api.deepaffex.cn",
  });
  expect(serverAddress("demo", "v2").restUrl).toBe("https://demo.api.deepaffex.ai");
  expect(["prod", "QA", "local", undefined, "constructor"].map((name) => usualApi(name))).toEqual([
    "v2",
    "v2",
    "v2",
    "v1",
    "v1",
  ]);
});

test("local is a server on this computer with the usual ports", () => {
  expect(serverAddress("local")).toEqual({
    name: "local",
    restUrl: "http://127.0.0.1:9443",
    wsUrl: "ws://127.0.0.1:9080",
  });
});

test("a REST address alone leads to the WebSocket as the version 2 demo derives it", () => {
  expect(serverAddress({ restUrl: "https://dfx.example:1/v2/" }, "v2").wsUrl).toBe("wss://dfx.example:1");
  expect(serverAddress({ restUrl: "http://127.0.0.1:9443" }, "v2").wsUrl).toBe("ws://127.0.0.1:9443");
});

test("plain http reaches other computers only when that is asked for", () => {
  const urls = { restUrl: "http://10.0.0.1:1", wsUrl: "ws://10.0.0.1:2" };
  checkRefused(urls, /unless --allow-plaintext is given/);
  expect(serverAddress({ ...urls, plainAllowed: true }).restUrl).toBe("http://10.0.0.1:1");
  checkRefused({ ...urls, restUrl: "ftp://10.0.0.1", plainAllowed: true }, /not a server address/);
});

test("takes a pair of URLs and drops the slash at their end", () => {
  expect(serverAddress({ restUrl: "https://dfx.example:1/v1/", wsUrl: "wss://dfx.example:2/" })).toEqual({
    name: "dfx.example:1",
    restUrl: "https://dfx.example:1/v1",
    wsUrl: "wss://dfx.example:2",
  });
  expect(serverAddress({ restUrl: "https://x/", wsUrl: "wss://x/", name: "lab" }).name).toBe("lab");
});

test("plain http and ws reach this computer only", () => {
  for (const host of ["localhost", "127.0.0.1", "127.9.8.7", "127.1", "[::1]"]) {
    expect(serverAddress({ restUrl: `http://${host}:1`, wsUrl: `ws://${host}:2` }).restUrl).toMatch(/^http:/);
  }
  for (const host of ["example.com", "10.0.0.1", "127.0.0.1.example.com", "localhost.example.com", "[::2]"]) {
    checkRefused({ restUrl: `http://${host}`, wsUrl: "wss://x" }, /unencrypted; use https:/);
    checkRefused({ restUrl: "https://x", wsUrl: `ws://${host}` }, /unencrypted; use wss:/);
  }
});

test("other texts are no addresses", () => {
  checkRefused({ restUrl: "not a url", wsUrl: "wss://x" }, /"not a url" is not a server address/);
  checkRefused({ restUrl: "ftp://x", wsUrl: "wss://x" }, /is not a server address/);
  checkRefused({ restUrl: "https://x", wsUrl: "https://x" }, /is not a server address; give one like wss:/);
  checkRefused({ restUrl: "https://x?a=b", wsUrl: "wss://x" }, /without "\?"/);
});

test("a password in an address is refused and not repeated", () => {
  for (const restUrl of ["https://me:hunter2@x", "ftp://me:hunter2@x", "//me:hunter2@"]) {
    let message = "";
    try {
      serverAddress({ restUrl, wsUrl: "wss://x" });
    } catch (error) {
      message = String(error);
    }
    expect(message).not.toBe("");
    expect(message).not.toContain("hunter2");
  }
});
