import { appendFileSync } from "node:fs";
import type { AccountDesk } from "../app/account-desk.js";
import type { Identity } from "../app/account-identity.js";
import { serverOptions } from "../app/account-server.js";
import { AppError } from "../domain/errors.js";
import type { AccountOptions } from "./account-options.js";
import { askingServer, atDesk, identityOf, say, tell } from "./account-run.js";
import { askAll, type Question } from "./prompt.js";
import { linesOf } from "./secret-input.js";

export interface LoginOptions extends AccountOptions {
  readonly licenseStdin?: boolean;
  readonly passwordStdin?: boolean;
  readonly createUser?: boolean;
  readonly deviceOnly?: boolean;
  readonly deviceName?: string;
  readonly import?: string;
}

/** What a login needs, in the order in which people are asked and pipes are read. */
type Part = "licenseKey" | "email" | "password";

const QUESTIONS: Readonly<Record<Part, Question>> = {
  licenseKey: { label: "Licence key", secret: true },
  email: { label: "E-mail", secret: false },
  password: { label: "Password", secret: true },
};
const HOW_ELSE: Readonly<Record<Part, string>> = {
  licenseKey: "the licence key: use --license-stdin or DFXTERM_LICENSE_KEY",
  email: "the e-mail address: use --email or DFXTERM_EMAIL",
  password: "the password: use --password-stdin or DFXTERM_PASSWORD",
};

/** Runs `dfxterm login`. */
export async function loginCommand(options: LoginOptions): Promise<number> {
  const { import: path, deviceOnly = false } = options;
  const known = { ...identityOf(options, process.env), mayCreate: options.createUser ?? false, deviceOnly };
  if (path !== undefined) {
    return await atDesk(
      options,
      { ...known, ...(await fromPipe(options)) },
      async (desk) => await importAt(desk, path),
    );
  }
  return await atDesk(
    options,
    known,
    async (desk, signal) => {
      if (deviceOnly) desk.requireV2("measure without a user");
      const piped = { ...known, ...(await fromPipe(options)) };
      const identity = { ...piped, ...(await asked(await missing(piped, desk), signal)) };
      await askingServer(desk, async () => await desk.logIn(identity));
      await tellLogin(desk);
    },
    { deviceName: options.deviceName, asks: true },
  );
}

async function missing(identity: Identity, desk: AccountDesk): Promise<Part[]> {
  const parts: Part[] = identity.deviceOnly === true ? ["licenseKey"] : ["licenseKey", "email", "password"];
  // A registered device is used again: asking for its licence would tempt people to take another place of it.
  const isRegistered = await desk.isRegistered();
  return parts.filter((part) => identity[part] === undefined && !(part === "licenseKey" && isRegistered));
}

/** The secrets that are to come over the standard input, one per line. */
async function fromPipe({ licenseStdin, passwordStdin }: LoginOptions): Promise<Identity> {
  // At a terminal they are asked for instead: typed there, they would be seen.
  if (process.stdin.isTTY) return {};
  const parts: Part[] = [
    ...(licenseStdin === true ? (["licenseKey"] as const) : []),
    ...(passwordStdin === true ? (["password"] as const) : []),
  ];
  if (parts.length === 0) return {};
  const names = parts.map((part) => QUESTIONS[part].label.toLowerCase());
  const lines = await linesOf(process.stdin, names);
  return Object.fromEntries(parts.map((part, index) => [part, lines[index]]));
}

async function asked(parts: readonly Part[], signal: AbortSignal): Promise<Identity> {
  const { stdin } = process;
  const [first] = parts;
  if (first === undefined) return {};
  if (!stdin.isTTY) throw new AppError("USAGE", `there is no terminal to ask for ${HOW_ELSE[first]}`);
  const questions = parts.map((part) => QUESTIONS[part]);
  const answers = await askAll(questions, stdin, onScreen, signal);
  // A password may begin or end with a space.
  const answer = (part: Part, text: string): string => (part === "password" ? text : text.trim());
  return Object.fromEntries(parts.map((part, index) => [part, answer(part, answers[index] ?? "")]));
}

/** Shows a question: at the terminal itself when both outputs go elsewhere. */
function onScreen(text: string): void {
  const { stdout, stderr } = process;
  if (stderr.isTTY) stderr.write(text);
  else if (stdout.isTTY) stdout.write(text);
  else appendFileSync("/dev/tty", text);
}

async function tellLogin(desk: AccountDesk): Promise<void> {
  const { address, api } = desk.server;
  const who = desk.email === undefined ? "with the device alone" : `as ${desk.email}`;
  tell(`Logged in to ${address.name} (${api}) ${who}.`);
  if ((await desk.selectedStudy()) !== undefined) return;
  const list = api === "v2" ? `"dfxterm studies list" shows them, ` : "";
  tell(`No study is selected: ${list}"dfxterm studies select <id>" selects one.`);
}

async function importAt(desk: AccountDesk, path: string): Promise<number> {
  const { imported, unknownServers, isOpen } = await desk.importFile(path);
  for (const { account, added } of imported) {
    const { server, users, device } = account;
    const where = `${server.address.name} (${server.api})`;
    for (const { email } of users) {
      tell(added.includes(email) ? `Imported ${email} at ${where}.` : `${email} at ${where} was here already.`);
    }
    if (users.length === 0 && device !== undefined) tell(`Imported the device at ${where}.`);
    tell(`Use it with ${serverOptions(server)}.`);
  }
  for (const name of unknownServers) say(`"${name}" in ${path} is no server that dfxterm knows; left out`);
  if (isOpen) say(`${path} still holds the tokens, and others can read it: delete it when it is no longer needed`);
  return imported.length > 0 ? 0 : 2;
}
