// The few colours that show a picture best: median cut (Heckbert 1982, SIGGRAPH 16:297) over colours of 5 bits a channel.

const BITS = 5;
const LEVELS = 1 << BITS;
const CELLS = LEVELS ** 3;
const UNKNOWN = 255;

/** Colours that lie together: places [from, to) in the list of cells that the picture has. */
interface Box {
  readonly from: number;
  readonly to: number;
  /** Channel in which they differ most, 0 red to 2 blue, and by how many levels. */
  readonly axis: number;
  readonly side: number;
  readonly pixels: number;
}

/** Up to 255 colours of a picture. A palette serves other pictures as well: each of their colours becomes the nearest. */
export class PicturePalette {
  /** Channels 0 to 1, one entry per colour. */
  readonly colors: readonly (readonly [number, number, number])[];
  /** Index of the colour for every cell; UNKNOWN until it is asked for. */
  readonly #indexOf = new Uint8Array(CELLS).fill(UNKNOWN);

  /** @param most colours at most, 1 to 255. */
  constructor(rgb: Uint8Array, most: number) {
    const counts = countsOf(rgb);
    const cells = Uint16Array.from(counts.keys()).filter((cell) => counts[cell]! > 0);
    const boxes = cut(cells, counts, most);
    this.colors = boxes.map((box) => meanOf(cells, counts, box));
  }

  /** Index of the colour that is nearest to one of 8 bits a channel. */
  indexOf(red: number, green: number, blue: number): number {
    const cell = cellOf(red, green, blue);
    const known = this.#indexOf[cell]!;
    if (known !== UNKNOWN) return known;
    const nearest = this.#nearest(cell);
    this.#indexOf[cell] = nearest;
    return nearest;
  }

  #nearest(cell: number): number {
    const [red, green, blue] = [levelOf(cell, 0), levelOf(cell, 1), levelOf(cell, 2)];
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (const [index, color] of this.colors.entries()) {
      const distance = (color[0] - red) ** 2 + (color[1] - green) ** 2 + (color[2] - blue) ** 2;
      if (distance >= least) continue;
      least = distance;
      best = index;
    }
    return best;
  }
}

function countsOf(rgb: Uint8Array): Uint32Array {
  const counts = new Uint32Array(CELLS);
  for (let at = 0; at + 2 < rgb.length; at += 3) {
    const cell = cellOf(rgb[at]!, rgb[at + 1]!, rgb[at + 2]!);
    counts[cell] = counts[cell]! + 1;
  }
  return counts;
}

/** Cuts the box that gains most, at the median of its pixels, until there are enough; puts `cells` in the order of the boxes. */
function cut(cells: Uint16Array, counts: Uint32Array, most: number): Box[] {
  const boxes = [boxOf(cells, counts, 0, cells.length)];
  while (boxes.length < most) {
    const gains = boxes.map(({ side, pixels }) => pixels * side * side);
    const gain = Math.max(...gains);
    if (gain === 0) break;
    const [widest] = boxes.splice(gains.indexOf(gain), 1);
    if (widest) boxes.push(...halves(cells, counts, widest));
  }
  return boxes;
}

function halves(cells: Uint16Array, counts: Uint32Array, { from, to, axis, pixels }: Box): Box[] {
  cells.subarray(from, to).sort((a, b) => channelOf(a, axis) - channelOf(b, axis));
  let middle = from;
  for (let seen = 0; middle < to - 1 && seen * 2 < pixels; middle += 1) seen += counts[cells[middle]!]!;
  middle = Math.max(from + 1, middle);
  return [boxOf(cells, counts, from, middle), boxOf(cells, counts, middle, to)];
}

function boxOf(cells: Uint16Array, counts: Uint32Array, from: number, to: number): Box {
  let pixels = 0;
  const low = [LEVELS, LEVELS, LEVELS];
  const high = [0, 0, 0];
  for (const cell of cells.subarray(from, to)) {
    pixels += counts[cell]!;
    for (let axis = 0; axis < 3; axis += 1) {
      low[axis] = Math.min(low[axis]!, channelOf(cell, axis));
      high[axis] = Math.max(high[axis]!, channelOf(cell, axis));
    }
  }
  const sides = high.map((value, axis) => Math.max(0, value - low[axis]!));
  const side = Math.max(...sides);
  return { from, to, axis: sides.indexOf(side), side, pixels };
}

function meanOf(cells: Uint16Array, counts: Uint32Array, { from, to, pixels }: Box): [number, number, number] {
  const sums: [number, number, number] = [0, 0, 0];
  for (const cell of cells.subarray(from, to)) {
    for (let axis = 0; axis < 3; axis += 1) sums[axis] = sums[axis]! + counts[cell]! * levelOf(cell, axis);
  }
  return [sums[0] / Math.max(1, pixels), sums[1] / Math.max(1, pixels), sums[2] / Math.max(1, pixels)];
}

function cellOf(red: number, green: number, blue: number): number {
  const drop = 8 - BITS;
  return ((red >> drop) << (2 * BITS)) | ((green >> drop) << BITS) | (blue >> drop);
}

/** Level of a channel, 0 red to 2 blue. */
function channelOf(cell: number, axis: number): number {
  return (cell >> (BITS * (2 - axis))) & (LEVELS - 1);
}

/** The same as a share of full brightness. */
function levelOf(cell: number, axis: number): number {
  return channelOf(cell, axis) / (LEVELS - 1);
}
