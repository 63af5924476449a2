// Compiles the C++ engine into native/build/dfxterm.node with the machine's C++ compiler alone.
//
//   node native/build.mjs            the add-on (also run by `npm install`)
//   node native/build.mjs --test     the core's test program and an add-on, under ASan and UBSan, then runs them
//   node native/build.mjs --werror   warnings end the build
//
// No node-gyp: the add-on uses Node-API only, so one set of headers fits every Node, nothing has to be
// downloaded, and neither Python nor make is needed. Headers: those that came with the running Node
// where they are, else the npm package node-api-headers.
import { execFile, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const here = dirname(fileURLToPath(import.meta.url));
const wantsTest = process.argv.includes("--test");
const wantsWerror = process.argv.includes("--werror");
const outDir = join(here, "build", wantsTest ? "sanitized" : "release");

// Kernels are written once and compiled for several instruction sets; the engine picks at run time.
const X86_KERNELS = {
  kernels_avx2: ["-mavx2", "-mfma"],
  kernels_avx512: ["-mavx2", "-mfma", "-mavx512f", "-mavx512vl", "-mavx512dq", "-mavx512bw"],
};

/** Ends the install with one sentence instead of a stack trace. */
function refuse(sentence) {
  process.stderr.write(`dfxterm: ${sentence}\n`);
  process.exit(1);
}

function findCompiler() {
  const { CXX } = process.env;
  const wanted = CXX ? [CXX] : ["c++", "g++", "clang++"];
  for (const command of wanted) {
    // As in make, CXX may hold arguments: "ccache g++".
    const [name, ...words] = command.trim().split(/\s+/);
    const probe = spawnSync(name, [...words, "--version"], { encoding: "utf8" });
    if (probe.status === 0) return { name, words, version: probe.stdout.split("\n")[0] };
  }
  if (CXX)
    refuse(`the C++ compiler that CXX names (${CXX}) does not run: correct CXX or unset it, then run npm ci again.`);
  return refuse(
    `no C++ compiler was found (tried ${wanted.join(", ")}): install g++ 11 or clang++ 14 or newer ` +
      "(Debian and Ubuntu: apt-get install g++; macOS: xcode-select --install), then run npm ci again.",
  );
}

function findNodeHeaders() {
  const ofNode = join(dirname(realpathSync(process.execPath)), "..", "include", "node");
  if (existsSync(join(ofNode, "node_api.h"))) return ofNode;
  try {
    return require("node-api-headers").include_dir;
  } catch {
    return refuse("the Node-API headers are missing: run npm ci again so that node-api-headers is installed.");
  }
}

function findAddonHeaders() {
  try {
    return require("node-addon-api").include_dir;
  } catch {
    return refuse("the npm package node-addon-api is missing: run npm ci again.");
  }
}

function sourcesIn(folder) {
  return readdirSync(join(here, folder))
    .filter((file) => file.endsWith(".cc"))
    .filter((file) => process.arch === "x64" || !(basename(file, ".cc") in X86_KERNELS))
    .map((file) => join(here, folder, file));
}

const mtimeMs = (file) => (existsSync(file) ? statSync(file).mtimeMs : Number.NEGATIVE_INFINITY);

/** True when the object is newer than everything its depfile names and was made by the same command. */
function isFresh(object, command) {
  const stamp = `${object}.cmd`;
  const depfile = object.replace(/\.o$/, ".d");
  if (!existsSync(object) || !existsSync(depfile) || !existsSync(stamp)) return false;
  if (readFileSync(stamp, "utf8") !== command) return false;
  const text = readFileSync(depfile, "utf8").replace(/\\\n/g, " ");
  const inputs = text
    .slice(text.indexOf(":") + 1)
    .split(/(?<!\\)\s+/)
    .filter(Boolean);
  const madeMs = mtimeMs(object);
  return inputs.every((file) => mtimeMs(file.replace(/\\ /g, " ")) < madeMs && existsSync(file.replace(/\\ /g, " ")));
}

async function compile(compiler, source, flags) {
  const name = relative(here, source).replace(/[/\\]/g, "_");
  const object = join(outDir, name.replace(/\.cc$/, ".o"));
  const args = [...flags, ...(X86_KERNELS[basename(source, ".cc")] ?? []), "-MMD", "-c", source, "-o", object];
  const command = [compiler.version, compiler.name, ...compiler.words, ...args].join(" ");
  if (isFresh(object, command)) return object;
  const { stderr } = await run(compiler.name, [...compiler.words, ...args], { maxBuffer: 1 << 26 });
  if (stderr) process.stderr.write(stderr);
  writeFileSync(`${object}.cmd`, command);
  return object;
}

const SANITIZE = "-fsanitize=address,undefined";

async function link(compiler, words, objects, target) {
  // Complete or not there at all: a link that is interrupted must not pass for a finished one.
  const draft = `${target}.${process.pid}.part`;
  await run(compiler.name, [...compiler.words, ...words, "-o", draft, ...objects, "-lpthread"]);
  renameSync(draft, target);
}

/** The flags that make an add-on, whose symbols come from the Node that loads it. */
const ADDON_LINK = ["-shared", ...(process.platform === "darwin" ? ["-undefined", "dynamic_lookup"] : [])];

/**
 * Runs the checks of every crossing on an add-on under the sanitizers, whose libraries Node must load first. That works
 * with g++ on Linux; elsewhere the same checks run on the ordinary add-on only (`npm test`).
 */
function runCrossingsSanitized(compiler, library) {
  const libraries = ["libasan.so", "libubsan.so", "libstdc++.so"].map((name) => {
    const answer = spawnSync(compiler.name, [...compiler.words, `-print-file-name=${name}`], { encoding: "utf8" });
    return answer.stdout?.trim() ?? "";
  });
  if (process.platform !== "linux" || !libraries.every((path) => existsSync(path))) {
    process.stdout.write("crossings: left out, the sanitizers of this compiler cannot be loaded into Node\n");
    return 0;
  }
  const { status } = spawnSync(process.execPath, [join(here, "test", "crossing.mjs"), library], {
    stdio: "inherit",
    // Node itself keeps memory until the end; leaks of the core are looked for in its own program.
    env: { ...process.env, LD_PRELOAD: libraries.join(":"), ASAN_OPTIONS: "detect_leaks=0" },
  });
  return status ?? 1;
}

async function compileAll(compiler, sources, flags) {
  const objects = sources.map(() => "");
  let next = 0;
  const lane = async () => {
    while (next < sources.length) {
      const index = next++;
      objects[index] = await compile(compiler, sources[index], flags);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, lane));
  return objects;
}

if (process.platform === "win32") refuse("Windows is not supported natively: install and run dfxterm inside WSL 2.");

const compiler = findCompiler();
mkdirSync(outDir, { recursive: true });
const flags = [
  "-std=c++20",
  "-fPIC",
  "-Wall",
  "-Wextra",
  "-Wno-psabi",
  "-ffp-contract=fast",
  "-fno-math-errno",
  "-fvisibility=hidden",
  `-I${join(here, "core")}`,
  ...(wantsTest ? ["-O1", "-g", SANITIZE, "-fno-sanitize-recover=all"] : ["-O3", "-DNDEBUG"]),
  ...(wantsWerror ? ["-Werror"] : []),
];
const bindingFlags = [
  "-DNAPI_VERSION=9",
  "-DNAPI_CPP_EXCEPTIONS",
  "-DNODE_ADDON_API_DISABLE_DEPRECATED",
  // A thread may be stopped in the middle of a call. Its environment then takes no exception, and one that it does not
  // take would end the whole process.
  "-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS",
];

try {
  const core = await compileAll(compiler, sourcesIn("core"), flags);
  const headers = [`-isystem${findNodeHeaders()}`, `-isystem${findAddonHeaders()}`];
  const binding = await compileAll(compiler, sourcesIn("binding"), [...flags, ...bindingFlags, ...headers]);
  if (wantsTest) {
    const tests = await compileAll(compiler, sourcesIn("test"), flags);
    const program = join(outDir, "engine_test");
    const library = join(outDir, "dfxterm.node");
    await link(compiler, [SANITIZE], [...core, ...tests], program);
    await link(compiler, [SANITIZE, ...ADDON_LINK], [...core, ...binding], library);
    const wanted = process.argv.slice(2).filter((word) => !word.startsWith("--"));
    const { status } = spawnSync(program, wanted, { stdio: "inherit" });
    // A name of a test is for the program alone.
    process.exit(status || (wanted.length > 0 ? 0 : runCrossingsSanitized(compiler, library)));
  }
  const library = join(here, "build", "dfxterm.node");
  const objects = [...core, ...binding];
  if (objects.some((object) => mtimeMs(object) >= mtimeMs(library))) {
    await link(compiler, ADDON_LINK, objects, library);
  }
} catch (error) {
  const output = String(error?.stderr ?? "").trim();
  if (output) process.stderr.write(`${output}\n`);
  const firstError = /(?:fatal )?error: (.*)/.exec(output)?.[1] ?? String(error?.message ?? error).split("\n")[0];
  refuse(
    `the native engine could not be compiled with ${[compiler.name, ...compiler.words].join(" ")} (${compiler.version}): ${firstError}. ` +
      "It needs g++ 11 or clang++ 14 or newer with C++20 and the standard library headers.",
  );
}
