import { loadAddon } from "../../src/native/addon.js";

const NAMES = ["baseline", "avx2", "avx512"] as const;
type InstructionSet = (typeof NAMES)[number];

/** Runs the body with the engine held to one instruction set. */
export function withInstructionSet<Result>(name: InstructionSet, body: () => Result): Result {
  const before = process.env["DFXTERM_ISA"];
  process.env["DFXTERM_ISA"] = name;
  try {
    return body();
  } finally {
    if (before === undefined) delete process.env["DFXTERM_ISA"];
    else process.env["DFXTERM_ISA"] = before;
  }
}

/** Those of this machine. */
export function instructionSets(): InstructionSet[] {
  return NAMES.filter((name) => withInstructionSet(name, () => loadAddon().instructionSet()) === name);
}
