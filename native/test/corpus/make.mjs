// Writes the small .tflite files beside it: networks with made-up weights in the forms that the engine reads, and
// files that lie about themselves. Run it again only when a form is added; the files are kept in the tree.
//
//   node native/test/corpus/make.mjs
import { writeFileSync } from "node:fs";

// A FlatBuffer, written front to back: every table before what it refers to, because references lead forward.
// A table is { slot: value }; values are i8, i32, u32 (numbers), or nodes: table, tables, ints, bytes.
const i8 = (value) => ({ kind: "i8", value });
const i32 = (value) => ({ kind: "i32", value });
const ints = (list) => ({ kind: "bytes", count: list.length, bytes: new Uint8Array(Int32Array.from(list).buffer) });
const raw = (bytes) => ({ kind: "bytes", count: bytes.length, bytes });
const tables = (list) => ({ kind: "tables", list });
const table = (slots) => ({ kind: "table", slots });

class FlatBuffer {
  bytes = [];

  u32(at, value) {
    for (let i = 0; i < 4; i += 1) this.bytes[at + i] = (value >>> (8 * i)) & 255;
  }

  align(size) {
    while (this.bytes.length % size !== 0) this.bytes.push(0);
  }

  file(root) {
    this.u32(0, 0);
    this.bytes.push(...Buffer.from("TFL3"));
    this.u32(0, this.write(root));
    this.align(16);
    return Uint8Array.from(this.bytes);
  }

  /** Writes a node and all below it; returns its place. */
  write(node) {
    if (node.kind === "table") return this.writeTable(node.slots);
    this.align(4);
    const at = this.bytes.length;
    if (node.kind === "bytes") {
      this.u32(at, node.count);
      this.bytes.push(...node.bytes);
      return at;
    }
    this.u32(at, node.list.length);
    this.bytes.push(...new Uint8Array(4 * node.list.length));
    for (const [index, entry] of node.list.entries()) this.refer(at + 4 + 4 * index, entry);
    return at;
  }

  refer(at, node) {
    this.u32(at, this.write(node) - at);
  }

  writeTable(slots) {
    const slotCount = Math.max(-1, ...Object.keys(slots).map(Number)) + 1;
    this.align(4);
    const vtable = this.bytes.length;
    const vtableBytes = 4 + 2 * slotCount;
    this.bytes.push(...new Uint8Array(vtableBytes));
    this.align(4);
    const at = this.bytes.length;
    // Four bytes for each field, also for small ones.
    this.bytes.push(...new Uint8Array(4 + 4 * slotCount));
    this.u32(at, at - vtable);
    this.u32(vtable, vtableBytes | ((4 + 4 * slotCount) << 16));
    for (const [slot, value] of Object.entries(slots)) {
      const place = 4 + 4 * Number(slot);
      this.bytes[vtable + 4 + 2 * Number(slot)] = place;
      if (value.kind === "i8") this.bytes[at + place] = value.value & 255;
      else if (value.kind === "i32") this.u32(at + place, value.value);
      else this.refer(at + place, value);
    }
    return at;
  }
}

const CODES = {
  add: 0,
  concatenation: 2,
  conv: 3,
  depthwise: 4,
  dequantize: 6,
  pool: 17,
  relu: 19,
  reshape: 22,
  pad: 34,
  prelu: 54,
};
const FLOAT32 = 0;
const FLOAT16 = 1;
const INT32 = 2;

/** Puts a network together: tensors and operators in the order in which they are added. */
class Network {
  tensors = [];
  buffers = [table({})];
  operators = [];
  codes = [];
  #chance = 1;

  tensor(shape, { type = FLOAT32, data } = {}) {
    const buffer = data ? this.buffers.push(table({ 0: raw(data) })) - 1 : 0;
    return this.tensors.push(table({ 0: ints(shape), 1: i8(type), 2: i32(buffer) })) - 1;
  }

  /** A small number that looks like any other. */
  weight() {
    this.#chance = (Math.imul(this.#chance, 1664525) + 1013904223) >>> 0;
    return this.#chance / 2 ** 32 - 0.5;
  }

  weights(shape) {
    const count = shape.reduce((product, side) => product * side, 1);
    const data = new Uint8Array(Float32Array.from({ length: count }, () => this.weight()).buffer);
    return this.tensor(shape, { data });
  }

  /** Half floats, and the operator that widens them. */
  halfWeights(shape) {
    const count = shape.reduce((product, side) => product * side, 1);
    // Any exponent from 2^-8 to 2^-1, any sign.
    const halves = Uint16Array.from({ length: count }, () => ((this.weight() + 0.5) * 0x1fff) | 0x1c00);
    const stored = this.tensor(shape, { type: FLOAT16, data: new Uint8Array(halves.buffer) });
    const widened = this.tensor(shape);
    this.operator("dequantize", [stored], widened);
    return widened;
  }

  operator(name, inputs, output, options) {
    let code = this.codes.indexOf(name);
    if (code < 0) code = this.codes.push(name) - 1;
    this.operators.push(
      table({ 0: i32(code), 1: ints(inputs), 2: ints([output]), ...(options ? { 4: table(options) } : {}) }),
    );
    return output;
  }

  file(inputs, outputs) {
    const graph = table({ 0: tables(this.tensors), 1: ints(inputs), 2: ints(outputs), 3: tables(this.operators) });
    const codes = this.codes.map((name) => table({ 0: i8(CODES[name]), 3: i32(CODES[name]) }));
    const root = table({ 0: i32(3), 1: tables(codes), 2: tables([graph]), 4: tables(this.buffers) });
    return new FlatBuffer().file(root);
  }
}

const strides = (stride, padding = 0) => ({ 0: i8(padding), 1: i32(stride), 2: i32(stride) });
const convolution = (stride, padding) => ({ ...strides(stride, padding), 3: i8(0), 4: i32(1), 5: i32(1) });
const depthwise = (stride) => ({ ...strides(stride), 3: i32(1), 4: i8(0), 5: i32(1), 6: i32(1) });
const pool = { ...strides(2, 1), 3: i32(2), 4: i32(2), 5: i8(0) };

/** One convolution, its activation, and the output as a list. */
function convolutionModel() {
  const net = new Network();
  const input = net.tensor([1, 8, 8, 3]);
  const sums = net.tensor([1, 4, 4, 8]);
  const active = net.tensor([1, 4, 4, 8]);
  const list = net.tensor([1, 128]);
  net.operator("conv", [input, net.weights([8, 3, 3, 3]), net.weights([8])], sums, convolution(2, 0));
  net.operator("relu", [sums], active);
  net.operator("reshape", [active], list);
  return net.file([input], [list]);
}

/** Everything that the face models have: half floats, depthwise layers, residuals, padded channels, pooling, two heads. */
function blockModel() {
  const net = new Network();
  const input = net.tensor([1, 8, 8, 3]);
  const first = net.tensor([1, 8, 8, 8]);
  const firstActive = net.tensor([1, 8, 8, 8]);
  net.operator("conv", [input, net.halfWeights([8, 3, 3, 3]), net.halfWeights([8])], first, convolution(1, 0));
  net.operator("prelu", [first, net.halfWeights([1, 1, 8])], firstActive);

  const spread = net.tensor([1, 8, 8, 8]);
  const mixed = net.tensor([1, 8, 8, 8]);
  const summed = net.tensor([1, 8, 8, 8]);
  const active = net.tensor([1, 8, 8, 8]);
  net.operator("depthwise", [firstActive, net.halfWeights([1, 3, 3, 8]), net.halfWeights([8])], spread, depthwise(1));
  net.operator("conv", [spread, net.halfWeights([8, 1, 1, 8]), net.halfWeights([8])], mixed, convolution(1, 0));
  net.operator("add", [firstActive, mixed], summed, { 0: i8(0) });
  net.operator("prelu", [summed, net.halfWeights([1, 1, 8])], active);

  const pooled = net.tensor([1, 4, 4, 8]);
  const padded = net.tensor([1, 4, 4, 16]);
  const amounts = net.tensor([4, 2], {
    type: INT32,
    data: new Uint8Array(Int32Array.of(0, 0, 0, 0, 0, 0, 0, 8).buffer),
  });
  const small = net.tensor([1, 4, 4, 8]);
  const wide = net.tensor([1, 4, 4, 16]);
  const wideSum = net.tensor([1, 4, 4, 16]);
  net.operator("pool", [active], pooled, pool);
  net.operator("pad", [pooled, amounts], padded);
  net.operator("depthwise", [active, net.halfWeights([1, 3, 3, 8]), net.halfWeights([8])], small, depthwise(2));
  net.operator("conv", [small, net.halfWeights([16, 1, 1, 8]), net.halfWeights([16])], wide, convolution(1, 0));
  net.operator("add", [padded, wide], wideSum, { 0: i8(0) });

  const boxes = net.tensor([1, 4, 4, 4]);
  const boxList = net.tensor([1, 32, 2]);
  const more = net.tensor([1, 2, 2, 2]);
  const moreList = net.tensor([1, 4, 2]);
  const all = net.tensor([1, 36, 2]);
  net.operator("conv", [wideSum, net.halfWeights([4, 1, 1, 16]), net.halfWeights([4])], boxes, convolution(1, 0));
  net.operator("reshape", [boxes], boxList);
  net.operator("conv", [wideSum, net.halfWeights([2, 3, 3, 16]), net.halfWeights([2])], more, convolution(1, 1));
  net.operator("reshape", [more], moreList);
  net.operator("concatenation", [boxList, moreList], all, { 0: i32(1), 1: i8(0) });
  return net.file([input], [all]);
}

/** The same table for everything: each reference leads to itself or to the root. */
function loopModel() {
  const bytes = new Uint8Array(64);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 24, true);
  bytes.set(Buffer.from("TFL3"), 4);
  // vtable at 8: five fields, each of them the four bytes behind the table's start.
  view.setUint16(8, 14, true);
  view.setUint16(10, 8, true);
  for (let slot = 0; slot < 5; slot += 1) view.setUint16(12 + 2 * slot, 4, true);
  view.setInt32(24, 16, true);
  // A vector of one table behind it, which is once more the root's vtable.
  view.setUint32(28, 4, true);
  view.setUint32(32, 1, true);
  view.setUint32(36, 0xffffffec, true);
  return bytes;
}

/** Counts that no file of this size can hold. */
function hugeCountsModel() {
  const bytes = convolutionModel();
  const view = new DataView(bytes.buffer);
  for (let at = 96; at + 4 <= 320; at += 32) view.setUint32(at, 0x7fffffff, true);
  return bytes;
}

const files = {
  convolution: convolutionModel(),
  block: blockModel(),
  loop: loopModel(),
  "huge-counts": hugeCountsModel(),
};
for (const [name, bytes] of Object.entries(files)) {
  writeFileSync(new URL(`models/${name}.tflite`, import.meta.url), bytes);
  process.stdout.write(`${name}.tflite ${bytes.length} bytes\n`);
}
