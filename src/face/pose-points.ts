import { POINT_STRIDE, type PosePointNames } from "../domain/face.js";

// MediaPipe's landmarks as MPEG-4 facial feature points ("group.index"; left and right are the subject's). Each
// point is the mean of the landmarks in its list: the map of the public MediaPipe tracker of dfx-demo-py. It is
// approximate (2.2 and 2.3 coincide; several points of the groups 14 and 15 repeat others), but it is what the
// service's clients send.
//
// That map was made for 478 landmarks, of which 468-477 are the irises. Our mesh has 468, so these are replaced by
// means of lid points and eye corners at the same place of an eye that looks ahead:
//
//   468 / 473   centre of the iris    mean of both corners and the centres of both lids
//   470 / 475   its top               centre of the upper lid
//   472         its bottom            centre of the lower lid
//   469 / 476   its side at the nose  between upper and lower lid, halfway from the centre to the inner corner

/** One landmark, or several whose mean stands for an iris landmark. */
type Landmark = number | readonly number[];

const IRIS_CENTER_RIGHT: Landmark = [33, 133, 159, 145];
const IRIS_CENTER_LEFT: Landmark = [362, 263, 386, 374];
const IRIS_TOP_RIGHT: Landmark = [159];
const IRIS_TOP_LEFT: Landmark = [386];
const IRIS_BOTTOM_RIGHT: Landmark = [145];
const IRIS_INNER_RIGHT: Landmark = [158, 153];
const IRIS_INNER_LEFT: Landmark = [385, 380];

const LANDMARKS_OF: Readonly<Record<string, readonly Landmark[]>> = {
  // Core.
  "3.1": [386],
  "3.2": [159],
  "3.3": [374],
  "3.4": [IRIS_BOTTOM_RIGHT, 144],
  "3.7": [263],
  "3.8": [173],
  "3.11": [398],
  "3.12": [130],
  "8.1": [11],
  "8.2": [17, 200],
  "8.3": [273, 422, 291],
  "8.4": [202, 61],
  "9.1": [294],
  "9.2": [64, 219],
  "9.3": [4],
  // Jaw.
  "13.1": [356, 368],
  "13.2": [162, 127],
  "13.3": [454, 447],
  "13.4": [234],
  "13.5": [366, 323, 361],
  "13.6": [137, 93, 132],
  "13.7": [435, 288],
  "13.8": [215, 58],
  "13.9": [397, 367],
  "13.10": [172],
  "13.11": [394, 365],
  "13.12": [136, 150],
  "13.13": [378],
  "13.14": [149],
  "13.15": [377],
  "13.16": [148],
  "13.17": [152],
  // Brows.
  "4.1": [336],
  "4.2": [107],
  "4.3": [334],
  "4.4": [105],
  "4.5": [300],
  "4.6": [70],
  "14.1": [296],
  "14.2": [66],
  "14.3": [293],
  "14.4": [63],
  // Nose.
  "9.4": [240, 75],
  "9.5": [290],
  "9.12": [195, 197],
  "9.15": [2, 370],
  "12.1": [196, 197],
  "9.6": [188],
  "9.7": [317],
  "9.13": [437, 466],
  "9.14": [217, 236],
  // Eyes.
  "12.5": [387],
  "12.6": [IRIS_INNER_RIGHT],
  "12.7": [390],
  "12.8": [153],
  "12.9": [IRIS_INNER_LEFT, 384],
  "12.10": [160, 161],
  "12.11": [380],
  "12.12": [163],
  "3.5": [IRIS_CENTER_LEFT],
  "3.6": [IRIS_CENTER_RIGHT],
  "3.9": [253],
  "3.10": [23, 24],
  "3.13": [257, IRIS_TOP_LEFT],
  "3.14": [26, IRIS_TOP_RIGHT],
  // Outer lip.
  "8.5": [269, 303],
  "8.6": [73, 39],
  "8.7": [405, 418],
  "8.8": [194, 181],
  "8.9": [72, 37],
  "8.10": [302, 267],
  // Inner lip.
  "2.2": [15, 13, 14],
  "2.3": [15, 13, 14],
  "2.4": [291, 273],
  "2.5": [61, 202],
  "2.6": [403, 402],
  "2.7": [179],
  "2.8": [403, 311],
  "2.9": [179, 81, 178],
  // Forehead.
  "11.1": [10],
  "11.2": [67],
  "11.3": [297],
  // Chin and cheeks.
  "2.1": [152],
  "2.10": [152, 124, 117],
  "2.11": [378],
  "2.12": [149],
  "2.13": [397],
  "2.14": [172],
  "5.1": [185, 156],
  "5.2": [213, 187, 192],
  "5.3": [280, 266, 330],
  "5.4": [50, 205, 101],
  // Extra points of group 14.
  "14.5": [409, 270],
  "14.6": [185],
  "14.7": [321],
  "14.8": [91],
  "14.9": [73],
  "14.10": [303, 302],
  "14.11": [314, 421],
  "14.12": [201, 84],
  "14.13": [89],
  "14.14": [319],
  "14.15": [89, 88],
  "14.16": [319, 310],
  "14.17": [86],
  "14.18": [316, 312],
  "14.19": [86],
  "14.20": [316],
  "14.21": [4],
  "14.22": [5],
  "14.23": [195],
  "14.24": [357],
  "14.25": [375],
  // Extra points of group 15.
  "15.1": [356, 368],
  "15.2": [296],
  "15.3": [454],
  "15.4": [234],
  "15.5": [352, 366],
  "15.6": [137],
  "15.7": [288],
  "15.8": [215],
  "15.9": [397],
  "15.10": [172],
  "15.11": [394, 365],
  "15.12": [136],
  "15.13": [378],
  "15.14": [149],
  "15.15": [377],
  "15.16": [148],
  "15.17": [152],
};

/** Names of all points, in the order in which `posePointsFrom` writes them. */
export const POSE_POINT_NAMES: PosePointNames = Object.keys(LANDMARKS_OF);

/** Floats per landmark of the mesh: x px, y px, z. */
const LANDMARK_STRIDE = 3;

/** Landmarks of the mesh. */
export const LANDMARK_COUNT = 468;

/** The table flattened for the loop below: point `p` is the weighted sum of entries starts[p] .. starts[p + 1] - 1. */
const PLAN = flatten(Object.values(LANDMARKS_OF));

/**
 * Writes the pose points of a face.
 * @param landmarks LANDMARK_COUNT * 3 numbers: x px, y px, z.
 * @param out POSE_POINT_NAMES.length * POINT_STRIDE numbers: x px, y px, z, quality (always 1).
 */
export function posePointsFrom(landmarks: Float32Array, out: Float32Array): void {
  const { starts, offsets, weights } = PLAN;
  for (let point = 0; point + 1 < starts.length; point += 1) {
    let x = 0;
    let y = 0;
    let z = 0;
    const end = starts[point + 1] ?? 0;
    for (let entry = starts[point] ?? 0; entry < end; entry += 1) {
      const offset = offsets[entry] ?? 0;
      const weight = weights[entry] ?? 0;
      x += weight * (landmarks[offset] ?? 0);
      y += weight * (landmarks[offset + 1] ?? 0);
      z += weight * (landmarks[offset + 2] ?? 0);
    }
    const at = point * POINT_STRIDE;
    out[at] = x;
    out[at + 1] = y;
    out[at + 2] = z;
    out[at + 3] = 1;
  }
}

interface Plan {
  readonly starts: Uint16Array;
  /** Place of the landmark in the array of landmarks. */
  readonly offsets: Uint16Array;
  readonly weights: Float64Array;
}

function flatten(points: readonly (readonly Landmark[])[]): Plan {
  const starts = [0];
  const offsets: number[] = [];
  const weights: number[] = [];
  for (const landmarks of points) {
    for (const landmark of landmarks) {
      const parts = typeof landmark === "number" ? [landmark] : landmark;
      for (const index of parts) {
        offsets.push(index * LANDMARK_STRIDE);
        weights.push(1 / (landmarks.length * parts.length));
      }
    }
    starts.push(offsets.length);
  }
  return { starts: Uint16Array.from(starts), offsets: Uint16Array.from(offsets), weights: Float64Array.from(weights) };
}
