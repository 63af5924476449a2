/** Tables of one transform length; made once and kept, because every call uses the same few lengths. */
interface Tables {
  readonly reversed: Uint32Array;
  readonly cosine: Float64Array;
  readonly sine: Float64Array;
}

const tablesOfLength = new Map<number, Tables>();

/** The smallest power of two that is not below `count`; at least 2. */
export function powerOfTwoFrom(count: number): number {
  let power = 2;
  while (power < count) power *= 2;
  return power;
}

/**
 * Fourier transform in place, radix 2 (Cooley & Tukey 1965), exp(-i) convention, not scaled.
 * @param re and `im`: same length, a power of two.
 */
export function transform(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  const { reversed, cosine, sine } = tablesFor(n);
  for (let i = 0; i < n; i += 1) {
    const j = reversed[i]!;
    if (j > i) {
      const keptRe = re[i]!;
      const keptIm = im[i]!;
      re[i] = re[j]!;
      im[i] = im[j]!;
      re[j] = keptRe;
      im[j] = keptIm;
    }
  }
  firstButterflies(re, im);
  for (let half = 2; half < n; half *= 2) butterflies(re, im, half, cosine, sine);
}

/**
 * Power (squared magnitude) of two real signals of the same length at the bins 0 .. outA.length - 1. One
 * complex transform does both: the spectra of the real and the imaginary part come apart by symmetry.
 * @param re signal A, zero-padded; overwritten.
 * @param im signal B, zero-padded; overwritten.
 * @param outA up to half of the length + 1 bins are filled; same for `outB`.
 */
export function powerOfPair(re: Float64Array, im: Float64Array, outA: Float64Array, outB: Float64Array): void {
  transform(re, im);
  const mask = re.length - 1;
  for (let k = 0; k < outA.length; k += 1) {
    const mirror = (re.length - k) & mask;
    const aRe = (re[k]! + re[mirror]!) / 2;
    const aIm = (im[k]! - im[mirror]!) / 2;
    const bRe = (im[k]! + im[mirror]!) / 2;
    const bIm = (re[mirror]! - re[k]!) / 2;
    outA[k] = aRe * aRe + aIm * aIm;
    outB[k] = bRe * bRe + bIm * bIm;
  }
}

/** The first stage has no turns. */
function firstButterflies(re: Float64Array, im: Float64Array): void {
  for (let low = 0; low < re.length; low += 2) {
    const xRe = re[low + 1]!;
    const xIm = im[low + 1]!;
    re[low + 1] = re[low]! - xRe;
    im[low + 1] = im[low]! - xIm;
    re[low] = re[low]! + xRe;
    im[low] = im[low]! + xIm;
  }
}

function butterflies(re: Float64Array, im: Float64Array, half: number, cosine: Float64Array, sine: Float64Array): void {
  const n = re.length;
  const stride = n / (2 * half);
  for (let start = 0; start < n; start += 2 * half) {
    for (let k = 0; k < half; k += 1) {
      const c = cosine[k * stride]!;
      const s = sine[k * stride]!;
      const low = start + k;
      const high = low + half;
      const xRe = re[high]! * c - im[high]! * s;
      const xIm = re[high]! * s + im[high]! * c;
      re[high] = re[low]! - xRe;
      im[high] = im[low]! - xIm;
      re[low] = re[low]! + xRe;
      im[low] = im[low]! + xIm;
    }
  }
}

function tablesFor(n: number): Tables {
  const known = tablesOfLength.get(n);
  if (known) return known;
  const reversed = new Uint32Array(n);
  for (let i = 0; i < n; i += 1) reversed[i] = (reversed[i >> 1]! >> 1) | (i & 1 ? n >> 1 : 0);
  const angles = Float64Array.from({ length: n / 2 }, (_, k) => (-2 * Math.PI * k) / n);
  const tables = { reversed, cosine: angles.map(Math.cos), sine: angles.map(Math.sin) };
  tablesOfLength.set(n, tables);
  return tables;
}
