#!/usr/bin/env node
// React keeps a record of every render in development mode; this must be set before it is loaded.
process.env.NODE_ENV ??= "production";
// Arguments may hold a licence key and a password: they leave the process list here.
process.title = "dfxterm";
const { main } = await import("../dist/cli/main.js");
await main(process.argv.slice(2));
