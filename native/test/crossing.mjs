// Calls everything that the add-on exports with every kind of argument that it must refuse. A refusal is a TypeError
// or a RangeError, and what refused works afterwards. test/native/crossing.test.ts runs it in vitest, and
// `npm run test:native` on an add-on under the sanitizers:
//
//   node native/test/crossing.mjs native/build/dfxterm.node
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const SIDE_PX = 16;
const FRAME_BYTES = SIDE_PX * SIDE_PX + 2 * (SIDE_PX / 2) ** 2;
const POINTS = ["3.7", "3.11", "3.8", "3.12", "9.3", "8.3", "8.4"];
const MESH_FLOATS = 468 * 3;

/** Values of every type; a parameter refuses all but its own. */
const STRANGERS = {
  undefined: () => undefined,
  null: () => null,
  boolean: () => true,
  number: () => 7,
  bigint: () => 7n,
  string: () => "7",
  symbol: () => Symbol("7"),
  object: () => ({ length: 1, 0: "7", valueOf: () => 7, toString: () => "7" }),
  function: () => () => 7,
  array: () => ["7"],
  proxy: () => new Proxy(["7"], {}),
};
const strangersBut = (own) => Object.entries(STRANGERS).filter(([name]) => name !== own);
const listed = (values) => values.map((value) => [String(value), () => value]);

// A parameter: a value that is taken, and named ones that are not.
const flag = (good) => ({ good: () => good, bad: strangersBut("boolean") });
const number = (good, ...outside) => ({
  good: () => good,
  bad: [...strangersBut("number"), ...listed([Number.NaN, Number.POSITIVE_INFINITY, -Number.MAX_VALUE, ...outside])],
});
const whole = (good, ...outside) => number(good, 0.5, 2 ** 31, -(2 ** 32), 2 ** 53, ...outside);
const text = (good) => ({
  good: () => good,
  bad: [...strangersBut("string"), ["long", () => "x".repeat(5000)], ["endless", () => "x".repeat(2 ** 28)]],
});
const texts = (good) => ({
  good: () => good,
  bad: [
    ...strangersBut("array"),
    ["numbers", () => [7]],
    ["holes", () => Array.from({ length: 3 })],
    ["too many", () => Array.from({ length: 5000 }, () => "x")],
    ["endless", () => Object.assign([], { length: 2 ** 32 - 1 })],
    ["endless entry", () => ["x".repeat(2 ** 28)]],
  ],
});

const VIEWS = [Uint8Array, Uint8ClampedArray, Int8Array, Uint16Array, Float32Array, Float64Array, BigInt64Array];

/** A typed array that must hold so many numbers. */
function view(Type, length, fill = 0) {
  const bytes = length * Type.BYTES_PER_ELEMENT;
  const resizable = (...place) => new Type(new ArrayBuffer(bytes, { maxByteLength: bytes }), ...place);
  return {
    good: () => new Type(length).fill(fill),
    bad: [
      ...viewStrangers(Type, length),
      ["empty", () => new Type(0)],
      ["one too short", () => new Type(length - 1)],
      ["shrunk", () => resized(resizable(), bytes - Type.BYTES_PER_ELEMENT)],
      ["shrunk below its fixed length", () => resized(resizable(0, length), bytes - 1)],
      ["shrunk to nothing", () => resized(resizable(), 0)],
    ],
  };
}

/** A typed array that may have any length, as far as its type goes. */
function anyView(Type, good) {
  return { good: () => good, bad: viewStrangers(Type, 64) };
}

function viewStrangers(Type, length) {
  const bytes = length * Type.BYTES_PER_ELEMENT;
  return [
    ...strangersBut("view"),
    ...VIEWS.filter((Other) => Other !== Type).map((Other) => [Other.name, () => new Other(length)]),
    ["ArrayBuffer", () => new ArrayBuffer(bytes)],
    ["DataView", () => new DataView(new ArrayBuffer(bytes))],
    ["detached", () => detached(new Type(length))],
    ["shared", () => new Type(new SharedArrayBuffer(bytes))],
    ["shared and growable", () => new Type(new SharedArrayBuffer(bytes, { maxByteLength: 2 * bytes }))],
  ];
}

function detached(array) {
  structuredClone(array, { transfer: [array.buffer] });
  return array;
}

function resized(array, bytes) {
  array.buffer.resize(bytes);
  return array;
}

const side = () => whole(SIDE_PX, 0, 1, -1, SIDE_PX + 2, 16_385);
const PICTURE = [view(Uint8Array, FRAME_BYTES, 128), side(), side(), flag(true), flag(false)];
// One skin region with one outline: a ring of scale 1 with three vertices of one point each.
const LAYOUT = Float64Array.of(0, 1, 1, 1, 3, 1, 0, 1, 1, 1, 1, 1, 4, 1);
const LIMITS = Float64Array.of(1, 0, 0, 0, 255);

/** Functions, constructors and methods by name, each with its parameters. */
function tableOf({ detector, mesh, small }) {
  return {
    functions: {
      instructionSet: [],
      engineVersion: [],
      widenPipe: [whole(0, -1, 2 ** 21), whole(4096, 0, 4095, 2 ** 30 + 1)],
      thumbnail: [
        ...PICTURE,
        whole(0, 2 ** 21),
        whole(0, -(2 ** 21)),
        whole(SIDE_PX, 0, -1, 2 ** 17),
        whole(SIDE_PX, 0, -1, 2 ** 17),
        view(Uint8Array, 4 * 4 * 3),
        whole(4, 0, -1, 5, 4097),
        whole(4, 0, -1, 5, 4097),
      ],
      runModel: [anyView(Uint8Array, small), view(Float32Array, 8 * 8 * 3)],
    },
    constructors: {
      FaceTracker: [
        anyView(Uint8Array, detector),
        anyView(Uint8Array, mesh),
        { good: () => "smart", bad: [...text("").bad, ["unknown", () => "slow"]] },
      ],
      Factory: [],
    },
    methods: {
      FaceTracker: {
        track: [...PICTURE, number(0, 1e300), view(Float32Array, MESH_FLOATS), view(Float64Array, 6)],
        reset: [],
      },
      Factory: {
        initializeStudy: [
          text("id"),
          texts(POINTS),
          whole(7, -1, 1025),
          texts(["cheek"]),
          anyView(Float64Array, LAYOUT),
          anyView(Float64Array, LIMITS),
        ],
        createCollector: [texts(POINTS)],
      },
      Collector: {
        setTargetFps: [number(30, 0, 1001)],
        setChunkDurationSeconds: [number(5, 0, 31)],
        setNumberChunks: [whole(2, 0, -1, 100_001)],
        setProperty: [text("key"), text("value")],
        getState: [],
        startCollection: [],
        addMarker: [text("here")],
        extractChannels: [
          ...PICTURE,
          whole(1, -1),
          number(0, -1, 1e13),
          flag(true),
          flag(true),
          flag(true),
          view(Float32Array, 4 * POINTS.length, 0.5),
          // The key frame mark may be left out.
          { good: () => false, bad: strangersBut("boolean").filter(([name]) => name !== "undefined"), optional: true },
        ],
        forceComplete: [],
        getChunkData: [],
        cancelCollection: [],
        resetCollection: [],
        regionNames: [],
        regionPolygon: [whole(0, -1, 1), view(Float32Array, 2)],
      },
    },
  };
}

/** Methods that need a collection that goes on. */
const WHILE_COLLECTING = new Set(["forceComplete", "extractChannels"]);

/**
 * @param addon what native/binding exports.
 * @param models bytes of the detector, the mesh and a small network with an input of 8 x 8 x 3.
 * @returns a sentence for everything that was not as it should be.
 */
export function crossingProblems(addon, models) {
  const problems = [];
  const { functions, constructors, methods } = tableOf(models);
  const tracker = new addon.FaceTracker(models.detector, models.mesh, "smart");
  const makers = {
    FaceTracker: () => tracker,
    Factory: () => factoryOf(addon),
    Collector: (method) => collectorOf(addon, WHILE_COLLECTING.has(method)),
  };
  const prototypes = Object.fromEntries(
    Object.keys(makers).map((name) => [name, Object.getPrototypeOf(makers[name]())]),
  );

  for (const [name, params] of Object.entries(functions)) {
    problems.push(...argumentProblems(name, params, () => (list) => addon[name](...list)));
  }
  for (const [name, params] of Object.entries(constructors)) {
    problems.push(...argumentProblems(`new ${name}`, params, () => (list) => new addon[name](...list)));
    problems.push(...refusalProblems(`${name} without new`, () => addon[name](...params.map(({ good }) => good()))));
  }
  for (const [owner, table] of Object.entries(methods)) {
    for (const [name, params] of Object.entries(table)) {
      const label = `${owner}.${name}`;
      const bind = () => {
        const subject = makers[owner](name);
        return (list) => subject[name](...list);
      };
      problems.push(
        ...argumentProblems(label, params, bind),
        ...receiverProblems(label, prototypes, owner, name, params, makers),
      );
    }
  }
  problems.push(...missingProblems(addon, prototypes, { functions, constructors, methods }));
  problems.push(...getterProblems(addon));
  return problems;
}

/** Good arguments, then each of them in turn bad or missing; after every refusal the same thing must work. */
function argumentProblems(label, params, bind) {
  const problems = [];
  const good = () => params.map((param) => param.good());
  for (const [at, { bad }] of params.entries()) {
    for (const [kind, make] of bad) {
      const call = bind();
      const list = good();
      list[at] = make();
      problems.push(...refusalProblems(`${label}, argument ${at}: ${kind}`, () => call(list)));
      problems.push(...acceptanceProblems(`${label} after argument ${at}: ${kind}`, () => call(good())));
    }
  }
  const required = params.filter(({ optional }) => !optional).length;
  for (let count = 0; count < required; count += 1) {
    const call = bind();
    problems.push(...refusalProblems(`${label} with ${count} arguments`, () => call(good().slice(0, count))));
  }
  problems.push(...acceptanceProblems(label, () => bind()([...good(), "one more"])));
  return problems;
}

/** The method on everything that is not its object. */
function receiverProblems(label, prototypes, owner, name, params, makers) {
  const method = prototypes[owner][name];
  const strangers = {
    ...STRANGERS,
    "its prototype": () => prototypes[owner],
    "an object with its prototype": () => Object.create(prototypes[owner]),
    "a proxy of its object": () => new Proxy(makers[owner](name), {}),
    ...Object.fromEntries(
      Object.keys(makers)
        .filter((other) => other !== owner)
        .map((other) => [other, makers[other]]),
    ),
  };
  const list = params.map(({ good }) => good());
  return Object.entries(strangers).flatMap(([kind, make]) =>
    refusalProblems(`${label} on ${kind}`, () => method.apply(make(), list)),
  );
}

/** What the add-on has and the table above does not. */
function missingProblems(addon, prototypes, { functions, constructors, methods }) {
  const known = new Set([...Object.keys(functions), ...Object.keys(constructors)]);
  const exported = Object.keys(addon).filter((name) => !known.has(name));
  const unlisted = Object.entries(prototypes).flatMap(([owner, prototype]) =>
    Object.getOwnPropertyNames(prototype)
      .filter((name) => name !== "constructor" && !(name in methods[owner]))
      .map((name) => `${owner}.${name}`),
  );
  return [...exported, ...unlisted].map((name) => `${name} is not in the table`);
}

/** Arrays whose entries run JavaScript in the middle of a call. */
function getterProblems(addon) {
  const layout = LAYOUT.slice();
  const throwing = namesWith(() => {
    throw new SyntaxError("from the getter");
  });
  const emptying = namesWith((names) => {
    names.length = 0;
    return "first";
  });
  const growing = namesWith((names) => {
    for (let i = 0; i < 100_000; i += 1) names.push("more");
    return "first";
  });
  const detaching = namesWith(() => {
    detached(layout);
    return "first";
  });
  const factory = factoryOf(addon);
  const again = namesWith(() => {
    study(factory, POINTS, LAYOUT);
    factory.createCollector(POINTS);
    return "first";
  });
  const problems = [
    ...refusalProblems("names that vanish", () => factory.createCollector(emptying)),
    ...refusalProblems("a layout that is detached meanwhile", () => study(factory, detaching, layout)),
    ...acceptanceProblems("names that grow", () => factory.createCollector(growing)),
    ...acceptanceProblems("names that call the factory", () => factory.createCollector(again)),
  ];
  try {
    factory.createCollector(throwing);
    problems.push("an exception of a getter was lost");
  } catch (error) {
    if (!(error instanceof SyntaxError)) problems.push("an exception of a getter was replaced");
  }
  return problems;
}

/** All points, and before them one that is asked of `get`. */
function namesWith(get) {
  const names = ["", ...POINTS];
  return Object.defineProperty(names, 0, { get: () => get(names), configurable: true });
}

function study(factory, points, layout) {
  factory.initializeStudy("id", points, 7, ["cheek"], layout, LIMITS);
}

function factoryOf(addon) {
  const factory = new addon.Factory();
  study(factory, POINTS, LAYOUT);
  return factory;
}

function collectorOf(addon, isCollecting) {
  const collector = factoryOf(addon).createCollector(POINTS);
  if (isCollecting) collector.startCollection();
  if (isCollecting)
    collector.extractChannels(...PICTURE.map(({ good }) => good()), 1, 0, false, false, false, new Float32Array());
  return collector;
}

/** The smallest network of the corpus. */
export function smallModel() {
  return new Uint8Array(readFileSync(new URL("corpus/models/convolution.tflite", import.meta.url)));
}

function refusalProblems(label, body) {
  try {
    body();
    return [`${label}: was taken`];
  } catch (error) {
    return error instanceof TypeError || error instanceof RangeError ? [] : [`${label}: ${String(error)}`];
  }
}

function acceptanceProblems(label, body) {
  try {
    body();
    return [];
  } catch (error) {
    return [`${label}: ${String(error)}`];
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { loadFaceModels } = await import("../../dist/native/models.js");
  const addon = createRequire(import.meta.url)(resolve(process.argv[2]));
  const problems = crossingProblems(addon, { ...loadFaceModels(), small: smallModel() });
  for (const problem of problems) process.stdout.write(`FAILED ${problem}\n`);
  process.stdout.write(`crossings: ${problems.length} failed\n`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
