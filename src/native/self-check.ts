import { failureOf } from "../domain/errors.js";
import { loadAddon } from "./addon.js";
import { loadFaceModels } from "./models.js";

// A process of its own for `doctor`: an engine that was built for another processor, or a damaged file, may end the
// process that loads it. Writes one line of JSON.

interface SelfCheck {
  readonly engine: { readonly version: string; readonly instructionSet: string } | { readonly problem: string };
  /** Bytes of each network, after their checksums were found right. */
  readonly models: { readonly detectorBytes: number; readonly meshBytes: number } | { readonly problem: string };
}

function engine(): SelfCheck["engine"] {
  try {
    const addon = loadAddon();
    return { version: addon.engineVersion(), instructionSet: addon.instructionSet() };
  } catch (error) {
    return { problem: failureOf(error).message };
  }
}

function models(): SelfCheck["models"] {
  try {
    const { detector, mesh } = loadFaceModels();
    return { detectorBytes: detector.length, meshBytes: mesh.length };
  } catch (error) {
    return { problem: failureOf(error).message };
  }
}

// The models first: they are told even when the engine takes the process with it.
process.stdout.write(`${JSON.stringify({ models: models() })}\n`);
process.stdout.write(`${JSON.stringify({ engine: engine() })}\n`);
