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
// React keeps a record of every render in development mode; this must be set before it is loaded.
process.env.NODE_ENV ??= "production";
// Arguments may hold a licence key and a password: they leave the process list here.
process.title = "dfxterm";
const { main } = await import("../dist/cli/main.js").catch(tellTooFewFiles);
await main(process.argv.slice(2));

// The main thread's room for new objects would grow to 32 MB while the dashboard is loaded, and stay so. It can only be kept
// from growing, and only before that. V8 forgets the wish whenever it sets up the heap of another thread.
function keepYoungHeapSmall() {
  setFlagsFromString("--semi-space-growth-factor=1");
}

// Node opens many of the program's files at once; only here can what it says of that be put into a sentence.
function tellTooFewFiles(error) {
  if (error.code !== "EMFILE") throw error;
  process.stderr.write("dfxterm: this program may open too few files here: allow it 256 (ulimit -n 256)\n");
  process.exit(1);
}
