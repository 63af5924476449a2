// Loaded into the program by NODE_OPTIONS=--import: writes down, one JSON object a line in the file DFXTERM_TEST_WATCH,
// where it connects to, which names it looks up, where it listens, and which programs it starts with what.
import childProcess from "node:child_process";
import dgram from "node:dgram";
import dns from "node:dns";
import { appendFileSync, readFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import { promisify } from "node:util";

const file = process.env.DFXTERM_TEST_WATCH;
const note = (seen) => appendFileSync(file, `${JSON.stringify(seen)}\n`);

/** What everyone on the computer may read (cmdline), and what only this user may (environ); "" when it has ended. */
function listed(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8").replaceAll("\0", "\n");
  } catch {
    return "";
  }
}

function asText(env = process.env) {
  return Object.entries(env)
    .map((pair) => pair.join("="))
    .join("\n");
}

/** Of a call `spawn(program, words, options, callback)`, all but the first optional. */
function started(pid, [program, ...rest]) {
  const words = rest.find(Array.isArray) ?? [];
  const options = rest.find((one) => typeof one === "object" && !Array.isArray(one));
  const cmdline = listed(pid, "cmdline") || [program, ...words].join("\n");
  note({ kind: "start", cmdline, environ: listed(pid, "environ") || asText(options?.env) });
}

function before(object, name, look) {
  const real = object[name];
  object[name] = function (...args) {
    look(args);
    return real.apply(this, args);
  };
}

before(net.Socket.prototype, "connect", ([first, host]) => {
  // http and tls hand over a list of what they were given.
  const given = Array.isArray(first) ? first[0] : first;
  const to = typeof given === "object" ? given : { port: given, host };
  note({ kind: "connect", to: to.path ?? `${to.host ?? "localhost"}:${to.port}`, self: listed("self", "cmdline") });
});
before(net.Server.prototype, "listen", ([first, host]) => {
  note({ kind: "listen", at: typeof first === "object" ? first.host : host });
});
// An address is its own answer: nobody is asked.
const noteName = ([host]) => net.isIP(host) || note({ kind: "lookup", host });
for (const name of ["lookup", "resolve", "resolve4", "resolve6"]) {
  before(dns, name, noteName);
  before(dns.promises, name, noteName);
}
before(dgram, "createSocket", () => note({ kind: "datagrams" }));
for (const name of ["spawn", "execFile", "exec", "fork"]) {
  const real = childProcess[name];
  const watched = (...args) => {
    const child = real(...args);
    // libuv returns when the new program is there.
    if (child.pid !== undefined) started(child.pid, args);
    return child;
  };
  if (real[promisify.custom])
    watched[promisify.custom] = (...args) => {
      const ending = real[promisify.custom](...args);
      started(ending.child.pid, args);
      return ending;
    };
  childProcess[name] = watched;
}
for (const name of ["spawnSync", "execFileSync", "execSync"])
  before(childProcess, name, (args) => started("none", args));
syncBuiltinESMExports();
