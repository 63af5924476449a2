import type { Study } from "./study.js";

type Ring = Extract<Study["regions"][number], { kind: "skin" }>["outlines"][number]["outer"];

// The native side takes a study as flat numbers and checks those once more (native/core/study.h).

/** A study in the form that the native factory takes (layout: native/core/study.h). */
export interface FlatStudy {
  readonly id: string;
  /** The required points first. */
  readonly pointNames: string[];
  readonly requiredPoints: number;
  readonly regionNames: string[];
  readonly layout: Float64Array;
  readonly limits: Float64Array;
}

/** Turns a study into flat numbers. */
export function flattenStudy(study: Study): FlatStudy {
  const pointNames = [...new Set(study.requiredPoints)];
  const requiredPoints = pointNames.length;
  const indices = new Map(pointNames.map((name, index) => [name, index]));
  const indexOf = (name: string): number => {
    const known = indices.get(name);
    if (known !== undefined) return known;
    indices.set(name, pointNames.length);
    return pointNames.push(name) - 1;
  };
  const layout: number[] = [];
  for (const region of study.regions) {
    const outlines = region.kind === "skin" ? region.outlines : [];
    layout.push(region.kind === "skin" ? 0 : 1, outlines.length);
    for (const { outer, holes } of outlines) {
      layout.push(1 + holes.length);
      for (const ring of [outer, ...holes]) layout.push(...flattenRing(ring, indexOf));
    }
  }
  const { minRegionPixels, minFaceSeconds, minPointQuality, minLuma, maxLuma } = study.limits;
  return {
    id: study.id,
    pointNames,
    requiredPoints,
    regionNames: study.regions.map((region) => region.name),
    layout: Float64Array.from(layout),
    limits: Float64Array.of(minRegionPixels, minFaceSeconds, minPointQuality, minLuma, maxLuma),
  };
}

function flattenRing(ring: Ring, indexOf: (name: string) => number): number[] {
  const numbers = [ring.scale, ring.vertices.length];
  for (const vertex of ring.vertices) {
    const terms = typeof vertex === "string" ? [[vertex, 1] as const] : Object.entries(vertex);
    numbers.push(terms.length);
    for (const [name, weight] of terms) numbers.push(indexOf(name), weight);
  }
  return numbers;
}
