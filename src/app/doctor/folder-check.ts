import { access, constants, readdir, stat, statfs } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

import { blameOf, reasonOf } from "../../journal/disk.js";
import { broken, type Check, ok, warning } from "./check.js";

const MB = 1_000_000;
/** A minute takes some 2 MB: below this nothing can be measured, and below that soon. */
const BROKEN_BYTES = 20 * MB;
const WARNING_BYTES = 500 * MB;

/** Bits of a mode that let others in. */
const OTHERS = 0o077;

/** The folder for measurements: can it be made and written, by us alone, and is there room? Nothing is made or written. */
export async function stateCheck(stateDir: string): Promise<Check> {
  const path = resolve(stateDir);
  const there = await nearest(path);
  const details = { path, exists: there === path };
  const elsewhere = "choose another with --state-dir or DFXTERM_STATE_DIR";
  if (!(await stat(there)).isDirectory())
    return broken("state", "FILE", `${there} is not a folder`, elsewhere, details);
  const refusal = await refusalOf(there);
  if (refusal !== undefined) {
    const found = `${there} cannot be written (${reasonOf(refusal)})`;
    return broken("state", blameOf(refusal), found, elsewhere, details);
  }
  const { bavail, bsize } = await statfs(there);
  const freeBytes = bavail * bsize;
  const room = { ...details, freeBytes };
  const free = `${(freeBytes / MB).toFixed(0)} MB free`;
  if (freeBytes < BROKEN_BYTES) return broken("state", "DISK", `${path}, ${free}`, `free space, or ${elsewhere}`, room);
  if (freeBytes < WARNING_BYTES)
    return warning("state", `${path}, ${free}`, "a minute of measuring takes some 2 MB", room);
  const open = there === path ? await openToOthers(path, ["measurements", "server.db"]) : [];
  if (open.length > 0) return othersMayRead("state", path, open, room);
  return ok("state", `${path}, ${free}${there === path ? "" : ", made when it is needed"}`, room);
}

/** The folder for logins and settings: readable by us alone? What is in its files is not looked at. */
export async function configCheck(configDir: string): Promise<Check> {
  const path = resolve(configDir);
  const there = await nearest(path);
  const details = { path, exists: there === path };
  const advice = "change its rights, or choose another with --config-dir or DFXTERM_CONFIG_DIR";
  try {
    if (!(await stat(there)).isDirectory())
      return broken("config", "FILE", `${there} is not a folder`, advice, details);
    const refusal = await refusalOf(there);
    if (refusal !== undefined) {
      const found = `${there} cannot be written (${reasonOf(refusal)}): no login can be kept`;
      return warning("config", found, advice, details);
    }
    if (there !== path) return ok("config", `${path}, made when it is needed`, details);
    const names = await readdir(path);
    const open = await openToOthers(path, names);
    if (open.length > 0) return othersMayRead("config", path, open, details);
    return ok("config", path, details);
  } catch (error) {
    return broken("config", "FILE", `${path} cannot be read (${reasonOf(error)})`, advice, details);
  }
}

/** Why nothing can be written into a folder; undefined when it can. */
async function refusalOf(folder: string): Promise<unknown> {
  return access(folder, constants.W_OK | constants.X_OK).then(
    () => undefined,
    (error: unknown) => error,
  );
}

function othersMayRead(id: string, path: string, open: readonly string[], details: Check["details"]): Check {
  const advice = `chmod go-rwx ${open.map((name) => join(path, name)).join(" ")}`;
  return warning(id, `others may look into ${open.join(", ")} in ${path}`, advice, { ...details, openToOthers: open });
}

/** Those of the entries that others than the owner may use. A folder that is closed itself closes what is in it. */
async function openToOthers(folder: string, names: readonly string[]): Promise<string[]> {
  if (((await stat(folder)).mode & OTHERS) === 0) return [];
  const open: string[] = [];
  for (const name of names) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found && (found.mode & OTHERS) !== 0) open.push(name);
  }
  return open;
}

/** The folder itself, or the nearest one above it that is there. */
async function nearest(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    const found = await stat(at).catch(() => undefined);
    if (found || at === dirname(at)) return at;
  }
}
