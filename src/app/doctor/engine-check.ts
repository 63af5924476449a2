import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

import { z } from "zod";

import { broken, type Check, ok, warning } from "./check.js";

const SELF_CHECK = fileURLToPath(new URL("../../native/self-check.js", import.meta.url));
const LIMIT_MS = 20_000;

const Problem = z.object({ problem: z.string() });
const Engine = z.union([z.object({ version: z.string(), instructionSet: z.string() }), Problem]);
const Models = z.union([z.object({ detectorBytes: z.number(), meshBytes: z.number() }), Problem]);

/** The native engine and the models, tried in a process of their own. */
export async function engineChecks(env: NodeJS.ProcessEnv): Promise<Check[]> {
  const { lines, end } = await selfCheck(env);
  const engine = Engine.safeParse(lines["engine"]).data;
  const models = Models.safeParse(lines["models"]).data;
  return [engineCheck(engine, end, env["DFXTERM_ISA"]), modelsCheck(models, end)];
}

function engineCheck(engine: z.infer<typeof Engine> | undefined, end: string, asked: string | undefined): Check {
  const rebuild = "run `npm run build:native`";
  if (!engine) return broken("engine", "ENGINE", `the native engine ends the process that loads it (${end})`, rebuild);
  if ("problem" in engine) return broken("engine", "ENGINE", engine.problem, rebuild);
  const { version, instructionSet } = engine;
  const found = `dfxterm ${version}, instruction set ${instructionSet}`;
  if (asked && asked !== instructionSet) {
    const advice = "it takes baseline, avx2 or avx512, as far as the processor has it: correct it or leave it out";
    return warning("engine", `${found}, though DFXTERM_ISA says "${asked}"`, advice, engine);
  }
  return ok("engine", found, engine);
}

function modelsCheck(models: z.infer<typeof Models> | undefined, end: string): Check {
  const install = "run `npm ci`";
  if (!models) return broken("models", "ENGINE", `the face models cannot be read (${end})`, install);
  if ("problem" in models) return broken("models", "ENGINE", models.problem, install);
  return ok("models", "face detector and face mesh are there, with the right checksums", models);
}

interface Outcome {
  /** The keys of all lines that were written. */
  readonly lines: Record<string, unknown>;
  /** How the process ended. */
  readonly end: string;
}

async function selfCheck({ PATH, HOME, DFXTERM_ISA }: NodeJS.ProcessEnv): Promise<Outcome> {
  return await new Promise((resolve) => {
    const options = { timeout: LIMIT_MS, env: { PATH, HOME, DFXTERM_ISA } };
    execFile(process.execPath, [SELF_CHECK], options, (error, stdout) => {
      const end = error ? (error.signal ?? `status ${error.code ?? "unknown"}`) : "status 0";
      resolve({ lines: Object.assign({}, ...stdout.split("\n").map(parsed)), end });
    });
  });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}
