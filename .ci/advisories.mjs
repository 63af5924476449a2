// Asks the registry for known vulnerabilities of the packages in the lock file: `npm run check`. Where it does not
// offer that, or there is no network, it says so after at most so many seconds (5) and lets the check go on.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

const patienceMs = 1000 * Number(process.argv[2] ?? 5);
const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What `npm audit` says, undefined when it says nothing that can be read. */
async function audit() {
  const args = ["audit", "--json", "--package-lock-only", "--fetch-retries=0"];
  const said = await new Promise((resolve) => {
    const options = { cwd: ROOT, timeout: patienceMs, killSignal: "SIGKILL", maxBuffer: 64e6 };
    execFile("npm", args, options, (_error, stdout) => resolve(stdout));
  });
  try {
    return JSON.parse(said);
  } catch {
    return undefined;
  }
}

function told({ name, severity, via }) {
  const titles = via.flatMap((one) => (typeof one === "string" ? [] : [`${one.title} (${one.url})`]));
  return `${name}, ${severity}: ${titles.join("; ") || `through ${via.join(", ")}`}\n`;
}

const { vulnerabilities, message } = (await audit()) ?? {};
if (vulnerabilities === undefined) {
  const why = /\b(40[045])\b/.exec(message ?? "")?.[1];
  const reason = why === undefined ? "the registry gave no answer" : `not offered by this registry (${why})`;
  process.stderr.write(`known vulnerabilities: not checked, ${reason}\n`);
} else {
  const found = Object.values(vulnerabilities);
  for (const each of found) process.stderr.write(told(each));
  process.stderr.write(`known vulnerabilities: ${found.length === 0 ? "none" : found.length}\n`);
  if (found.some(({ severity }) => severity === "high" || severity === "critical")) process.exitCode = 1;
}
