// Loaded into the program by NODE_OPTIONS=--import: makes happen what a test cannot wait for. DFXTERM_TEST_FAULT is
// JSON, { kind, ... }:
//
//   disk      code, afterBytes, under   writing under that folder fails once so much has been written
//   clock     jumpMs                    the wall clock jumps to and fro by that much, ten times a second
//   throw     afterMs                   an exception in the measuring thread that nobody catches
//   native    afterFrames               the engine throws while it extracts
//   memory    afterMs                   the measuring thread fills its memory
import fsPromises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import threads from "node:worker_threads";

const fault = JSON.parse(process.env.DFXTERM_TEST_FAULT ?? "{}");
const isMeasuring = !threads.isMainThread && threads.workerData?.chunkLengthS !== undefined;

switch (fault.kind) {
  case "disk":
    failDisk(fault);
    break;
  case "clock":
    jumpClock(fault);
    break;
  case "throw":
    if (isMeasuring) setTimeout(() => fail("a made-up exception"), fault.afterMs);
    break;
  case "native":
    if (isMeasuring) failNative(fault);
    break;
  case "memory":
    if (isMeasuring) setTimeout(fillMemory, fault.afterMs);
    if (threads.isMainThread) limitThreads();
    break;
}

function fail(message) {
  throw new Error(message);
}

function failDisk({ code, afterBytes, under }) {
  const { open } = fsPromises;
  let left = afterBytes;
  fsPromises.open = async (path, ...rest) => {
    const file = await open(path, ...rest);
    if (!String(path).startsWith(under)) return file;
    for (const name of ["writeFile", "appendFile"]) {
      const write = file[name].bind(file);
      file[name] = async (content, ...more) => {
        const bytes = Buffer.from(content);
        if (bytes.length <= left) {
          left -= bytes.length;
          return write(bytes, ...more);
        }
        // As a full disk does: it takes what fits.
        await write(bytes.subarray(0, left), ...more);
        left = 0;
        throw Object.assign(new Error(`${code}: made up`), { code });
      };
    }
    return file;
  };
  syncBuiltinESMExports();
}

function jumpClock({ jumpMs }) {
  const RealDate = Date;
  const startedMs = RealDate.now();
  const now = () => {
    const real = RealDate.now();
    return real + (Math.floor((real - startedMs) / 100) % 2 === 0 ? 0 : jumpMs);
  };
  globalThis.Date = class extends RealDate {
    constructor(...args) {
      super(...(args.length === 0 ? [now()] : args));
    }
    static now() {
      return now();
    }
  };
}

function failNative({ afterFrames }) {
  const dlopen = process.dlopen.bind(process);
  let left = afterFrames;
  const failing = (collector) => {
    const { extractChannels } = Object.getPrototypeOf(collector);
    const value = (...frame) => {
      left -= 1;
      if (left < 0) throw Object.assign(new Error("a made-up failure of the engine"), { code: "ENGINE_STATE" });
      return extractChannels.apply(collector, frame);
    };
    return Object.defineProperty(collector, "extractChannels", { value });
  };
  process.dlopen = (module, ...rest) => {
    dlopen(module, ...rest);
    const { Factory } = module.exports;
    if (!Factory) return;
    // The methods of the add-on's classes cannot be replaced, those of an object can be covered.
    const covered = function () {
      const factory = new Factory();
      const createCollector = factory.createCollector.bind(factory);
      return Object.defineProperty(factory, "createCollector", {
        value: (...args) => failing(createCollector(...args)),
      });
    };
    module.exports = { ...module.exports, Factory: covered };
  };
}

function fillMemory() {
  const hoard = [];
  for (;;) hoard.push(Array.from({ length: 100_000 }, Math.random));
}

// The machine that runs the tests must not run out of memory with the program.
function limitThreads() {
  const { Worker } = threads;
  threads.Worker = class extends Worker {
    constructor(file, options) {
      super(file, { ...options, resourceLimits: { maxOldGenerationSizeMb: 128 } });
    }
  };
  syncBuiltinESMExports();
}
