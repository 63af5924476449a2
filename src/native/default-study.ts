import type { Study } from "./study.js";

// The bundled study. Names are MPEG-4 points; odd second numbers are mostly the subject's left side. Regions were
// placed by eye on real portraits (the preview draws them as an overlay) and keep away from hair, eyes, brows,
// lips and nostrils. Which regions carry the pulse: "28 facial regions" (Li, Elgendi, Menon), glabella, malar
// and forehead first.

type Mix = Readonly<Record<string, number>>;
type Vertex = string | Mix;

/** The same point on the other side of the face. */
const MIRROR = new Map<string, string>();
for (const [left, right] of [
  ["3.7", "3.12"],
  ["3.11", "3.8"],
  ["4.1", "4.2"],
  ["4.3", "4.4"],
  ["4.5", "4.6"],
  ["8.3", "8.4"],
  ["8.5", "8.6"],
  ["8.10", "8.9"],
  ["8.7", "8.8"],
  ["9.1", "9.2"],
  ["9.5", "9.4"],
  ["11.3", "11.2"],
  ["12.7", "12.12"],
  ["12.11", "12.8"],
  ["13.1", "13.2"],
  ["13.3", "13.4"],
  ["13.5", "13.6"],
  ["13.7", "13.8"],
  ["13.9", "13.10"],
  ["13.11", "13.12"],
  ["13.13", "13.14"],
  ["13.15", "13.16"],
  ["14.1", "14.2"],
  ["14.3", "14.4"],
] as const) {
  MIRROR.set(left, right);
  MIRROR.set(right, left);
}

function mirrorName(name: string): string {
  return MIRROR.get(name) ?? name;
}

function mirrorVertex(vertex: Vertex): Vertex {
  if (typeof vertex === "string") return mirrorName(vertex);
  return Object.fromEntries(Object.entries(vertex).map(([name, weight]) => [mirrorName(name), weight]));
}

/** The right side of a polygon whose left side is given, in reverse so that the ring stays one ring. */
function mirrored(vertices: readonly Vertex[]): Vertex[] {
  return vertices.map(mirrorVertex).toReversed();
}

function symmetric(left: readonly Vertex[]): Vertex[] {
  return [...left, ...mirrored(left)];
}

// From the brow part of the way up to the hairline, the subject's left half. Fringes begin low, so less than half
// of the forehead is taken.
const BROW_LEFT: readonly Vertex[] = [
  { "4.1": 0.98, "11.1": 0.02 },
  { "14.1": 0.95, "11.3": 0.05 },
  { "4.3": 0.9, "11.3": 0.1 },
];
const FOREHEAD_TOP_LEFT: readonly Vertex[] = [
  { "4.3": 0.72, "11.3": 0.28 },
  { "14.1": 0.6, "11.3": 0.4 },
  { "4.1": 0.57, "11.1": 0.43 },
];
// Higher than the forehead's, because the whole skin is shrunk towards a centre that lies low.
const SKIN_TOP_LEFT: readonly Vertex[] = [
  { "4.3": 0.65, "11.3": 0.35 },
  { "14.1": 0.4, "11.3": 0.6 },
  { "4.1": 0.3, "11.1": 0.7 },
];
// Trackers without points on the forehead (dlib 68): the way from the inner eye corner to the brow, prolonged.
const BROW_LEFT_ALONE: readonly Vertex[] = [
  { "4.1": 1.1, "3.11": -0.1 },
  { "14.1": 1.1, "3.11": -0.1 },
  { "4.3": 1.12, "12.11": -0.12 },
];
const FOREHEAD_TOP_LEFT_ALONE: readonly Vertex[] = [
  { "4.3": 1.4, "12.11": -0.4 },
  { "14.1": 1.5, "3.11": -0.5 },
  { "4.1": 1.6, "3.11": -0.6 },
];
const SKIN_TOP_LEFT_ALONE: readonly Vertex[] = [
  { "4.3": 1.5, "12.11": -0.5 },
  { "14.1": 1.8, "3.11": -0.8 },
  { "4.1": 1.95, "3.11": -0.95 },
];

const CHEEK_LEFT: readonly Vertex[] = [
  { "12.11": 0.5, "9.1": 0.43, "13.5": 0.07 },
  { "12.7": 0.75, "13.7": 0.1, "8.3": 0.15 },
  { "3.7": 0.42, "13.3": 0.23, "13.5": 0.35 },
  { "13.5": 0.62, "8.3": 0.19, "3.7": 0.19 },
  { "13.7": 0.5, "8.3": 0.25, "3.7": 0.25 },
  { "8.3": 0.5, "13.5": 0.3, "3.7": 0.2 },
  { "9.1": 0.64, "13.5": 0.21, "12.7": 0.15 },
];

const UNDER_EYE_LEFT: readonly Vertex[] = [
  { "12.11": 0.6, "3.11": 0.22, "9.1": 0.18 },
  { "12.7": 0.9, "8.3": 0.1 },
  { "3.7": 0.85, "13.5": 0.15 },
  { "3.7": 0.6, "13.5": 0.2, "8.3": 0.2 },
  { "12.7": 0.75, "8.3": 0.25 },
  { "12.11": 0.5, "3.11": 0.18, "9.1": 0.32 },
];

const NOSE_LEFT: readonly Vertex[] = [
  { "3.11": 0.62, "3.8": 0.38 },
  { "12.1": 0.6, "9.1": 0.4 },
  { "9.1": 0.62, "9.3": 0.38 },
  { "9.3": 0.9, "9.1": 0.1 },
];

const GLABELLA_LEFT: readonly Vertex[] = [
  { "4.1": 0.76, "4.2": 0.24 },
  { "4.1": 0.4, "4.2": 0.2, "3.11": 0.26, "3.8": 0.14 },
  { "3.11": 0.6, "3.8": 0.4 },
];

const CHIN_LEFT: readonly Vertex[] = [
  { "8.2": 0.82, "13.17": 0.18 },
  { "8.2": 0.5, "13.11": 0.3, "13.17": 0.2 },
  { "13.13": 0.7, "8.2": 0.3 },
  { "13.15": 0.8, "8.2": 0.2 },
  { "13.17": 0.85, "8.2": 0.15 },
];

const JAW_LEFT: readonly Vertex[] = ["13.1", "13.3", "13.5", "13.7", "13.9", "13.11", "13.13", "13.15"];

/** Eye and brow together, so that no skin between them is counted: lids move with every blink. */
const EYE_LEFT: readonly Vertex[] = ["4.1", "14.1", "4.3", "14.3", "4.5", "3.7", "12.7", "12.11", "3.11"];
const LIPS_LEFT: readonly Vertex[] = ["8.1", "8.10", "8.5", "8.3", "8.7", "8.2"];
const NOSTRILS: readonly Vertex[] = ["9.2", "9.3", "9.1", "9.5", "9.15", "9.4"];

const HOLES = [
  { scale: 1.15, vertices: [...EYE_LEFT] },
  { scale: 1.15, vertices: mirrored(EYE_LEFT) },
  { scale: 1.1, vertices: symmetric(LIPS_LEFT) },
  { scale: 1, vertices: [...NOSTRILS] },
];

function skinOutline(topLeft: readonly Vertex[]): {
  outer: { scale: number; vertices: Vertex[] };
  holes: typeof HOLES;
} {
  const left = [...topLeft.toReversed(), ...JAW_LEFT, "13.17"];
  return { outer: { scale: 0.88, vertices: symmetric(left) }, holes: HOLES };
}

/** A region of one polygon, shrunk by a tenth so that its edge stays on skin when points are a little off. */
function simple(name: string, ...outlines: Vertex[][]): Study["regions"][number] {
  return { name, kind: "skin", outlines: outlines.map((vertices) => ({ outer: { scale: 0.9, vertices }, holes: [] })) };
}

export const DEFAULT_STUDY: Study = {
  format: "dfxterm-study",
  version: 1,
  id: "dfxterm-default-1",
  requiredPoints: ["3.7", "3.8", "3.11", "3.12", "8.3", "8.4", "9.3"],
  limits: { minRegionPixels: 24, minFaceSeconds: 1, minPointQuality: 0.1, minLuma: 10, maxLuma: 250 },
  regions: [
    simple(
      "forehead",
      symmetric([...BROW_LEFT, ...FOREHEAD_TOP_LEFT]),
      symmetric([...BROW_LEFT_ALONE, ...FOREHEAD_TOP_LEFT_ALONE]),
    ),
    simple("glabella", symmetric(GLABELLA_LEFT)),
    simple("cheek_left", [...CHEEK_LEFT]),
    simple("cheek_right", mirrored(CHEEK_LEFT)),
    simple("under_eye_left", [...UNDER_EYE_LEFT]),
    simple("under_eye_right", mirrored(UNDER_EYE_LEFT)),
    simple("nose", symmetric(NOSE_LEFT)),
    simple("chin", symmetric(CHIN_LEFT)),
    { name: "skin", kind: "skin", outlines: [skinOutline(SKIN_TOP_LEFT), skinOutline(SKIN_TOP_LEFT_ALONE)] },
    { name: "background", kind: "background" },
  ],
};
