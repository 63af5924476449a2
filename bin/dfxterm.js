#!/usr/bin/env node
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`dfxterm: Node ${process.versions.node} is too old: install Node 20.19 or newer.\n`);
  process.exit(1);
}
// React keeps a record of every render in development mode; this must be set before it is loaded.
process.env.NODE_ENV ??= "production";
// Arguments may hold a licence key and a password: they leave the process list here.
process.title = "dfxterm";
const { main } = await import("../dist/cli/main.js");
await main(process.argv.slice(2));
