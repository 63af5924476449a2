#!/usr/bin/env node
import { setFlagsFromString } from "node:v8";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`dfxterm: Node ${process.versions.node} is too old: install Node 20.19 or newer.\n`);
  process.exit(1);
}
// A server that works for many needs the room.
if (process.argv[2] !== "serve") {
  keepYoungHeapSmall();
  process.on("worker", (worker) => worker.once("online", keepYoungHeapSmall));
}
// An empty one is none: measurements would go into whatever folder this is.
if (process.env.HOME === "") delete process.env.HOME;
// React keeps a record of every render in development mode; this must be set before it is loaded.
process.env.NODE_ENV ??= "production";
// Arguments may hold a licence key and a password: they leave the process list here.
process.title = "dfxterm";
const { main } = await import("../dist/cli/main.js").catch(tellWhyNotLoaded);
await main(process.argv.slice(2));

// The main thread's room for new objects would grow to 32 MB while the dashboard is loaded, and stay so. It can only be kept
// from growing, and only before that. V8 forgets the wish whenever it sets up the heap of another thread.
function keepYoungHeapSmall() {
  setFlagsFromString("--semi-space-growth-factor=1");
}

// Only here can what Node says of these two be put into a sentence: nothing was built yet, or, as Node opens many of the
// program's files at once, too few may be open.
function tellWhyNotLoaded(error) {
  const why = {
    EMFILE: "this program may open too few files here: allow it 256 (ulimit -n 256)",
    ERR_MODULE_NOT_FOUND: "not built yet, or not installed completely: run `npm ci && npm run build` in its folder",
  }[error.code];
  if (why === undefined) throw error;
  process.stderr.write(`dfxterm: ${why}\n`);
  process.exit(1);
}
