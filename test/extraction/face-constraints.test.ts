import { describe, expect, test } from "vitest";

import { ADVICE, CONSTRAINT_IDS, type ConstraintId } from "../../src/domain/constraints.js";
import { FaceConstraints } from "../../src/extraction/face-constraints.js";
import { FORMAT, type Look, madeFace, madeFrame, NAMES, Watcher } from "./made-face.js";

/** A sway of so many mm from end to end, once in two seconds. */
const sway = (mm: number) => (atMs: number) => ({
  x: 320 + ((mm / 63) * 110 * Math.sin(atMs / 320)) / 2,
});

const shift = (eyeDistancePx: number) => (atMs: number) => ({ eyeDistancePx, x: 320 + (atMs > 500 ? 15 : 0) });

const frown = (mm: number) => (atMs: number) => ({ browsUpMm: atMs > 500 ? mm : 0 });

const brightnessOf = (fullRange: boolean, skin: number) => {
  const constraints = new FaceConstraints(NAMES);
  const frame = madeFrame({ skin }, 0, { ...FORMAT, fullRange });
  return constraints.checkConstraints(frame, madeFace({ skin })).conditions.brightness;
};

test("a face in the middle, in even light, at rest is GOOD in everything", () => {
  const watcher = new Watcher().watch({}, 3000);
  expect(watcher.troubles).toEqual({});
  expect(watcher.check?.overall).toBe("GOOD");
  const conditions = watcher.check?.conditions;
  expect(conditions?.eyeDistancePx).toBeCloseTo(110, 3);
  expect(conditions?.yawDeg).toBeCloseTo(0, 3);
  expect(conditions?.pitchDeg).toBeCloseTo(0, 3);
  expect(conditions?.movementMm).toBeCloseTo(0, 6);
  expect(conditions?.brightness).toBeCloseTo(140, 0);
  expect(conditions?.rateHz).toBeCloseTo(30, 3);
});

/** Looks in the order GOOD, WARN, ERROR, WARN again (hysteresis), GOOD again. */
type Steps = readonly [Partial<Look>, Partial<Look>, Partial<Look>, Partial<Look>, Partial<Look>];

// The margin is the hysteresis key's: worse at limit - margin and limit, better a margin below either.
const STEPS: Readonly<Record<string, readonly [ConstraintId, Steps]>> = {
  distance: [
    "FaceFar",
    [
      { eyeDistancePx: 106 },
      { eyeDistancePx: 102 },
      { eyeDistancePx: 99 },
      { eyeDistancePx: 106 },
      { eyeDistancePx: 111 },
    ],
  ],
  "turn to the side": [
    "FaceDirection",
    [{ yawDeg: 10 }, { yawDeg: 11.5 }, { yawDeg: 13 }, { yawDeg: 9 }, { yawDeg: 8 }],
  ],
  "turn to the other side": [
    "FaceDirection",
    [{ yawDeg: -10 }, { yawDeg: -11.5 }, { yawDeg: -13 }, { yawDeg: -9 }, { yawDeg: -8 }],
  ],
  "look down": [
    "FaceDirection",
    [{ pitchDeg: -22 }, { pitchDeg: -24 }, { pitchDeg: -26 }, { pitchDeg: -22 }, { pitchDeg: -20 }],
  ],
  "bright light": ["ImageBright", [{ skin: 219 }, { skin: 222 }, { skin: 228 }, { skin: 218 }, { skin: 213 }]],
  "dark room": ["ImageDark", [{ skin: 54 }, { skin: 51 }, { skin: 46 }, { skin: 54 }, { skin: 60 }]],
  "edge of the picture": ["FaceOffTarget", [{ x: 123 }, { x: 108 }, { x: 95 }, { x: 112 }, { x: 124 }]],
};

describe("each limit has all three results, and hysteresis on the way back", () => {
  test.each(Object.entries(STEPS))("%s", (_, [id, steps]) => {
    const watcher = new Watcher({ maxMovement_mm: 1000 });
    const seen = steps.map((look) => watcher.watch({ contrast: -20, ...look }, 100).result(id));
    expect(seen).toEqual(["GOOD", "WARN", "ERROR", "WARN", "GOOD"]);
  });

  test("a value that trembles around a limit does not make the result tremble", () => {
    const watcher = new Watcher({ maxMovement_mm: 1000 }).watch({ yawDeg: 13 }, 100);
    const results = new Set<string | undefined>();
    for (let index = 0; index < 30; index += 1) {
      results.add(watcher.watch({ yawDeg: 12.5 + (index % 2 ? 0.8 : -0.8) }, 34).result("FaceDirection"));
    }
    expect([...results]).toEqual(["ERROR"]);
  });
});

describe("FaceNone", () => {
  test("is an ERROR before a face was seen, and WARN until one has stayed", () => {
    const watcher = new Watcher().watch(undefined, 34);
    expect(watcher.check?.overall).toBe("ERROR");
    expect(watcher.watch({}, 100).result("FaceNone")).toBe("WARN");
    expect(watcher.watch({}, 300).result("FaceNone")).toBe("GOOD");
  });

  test("forgives a lapse of the tracker, but no absence", () => {
    const watcher = new Watcher().watch({}, 1000).watch(undefined, 100);
    expect(watcher.result("FaceNone")).toBe("WARN");
    expect(watcher.watch(undefined, 300).troubles).toEqual({ FaceNone: "ERROR" });
  });

  test("takes a face without a valid pose for none, and one carried over for a warning", () => {
    const watcher = new Watcher().watch({}, 1000).watch({ detected: false }, 300);
    expect(watcher.result("FaceNone")).toBe("WARN");
    expect(watcher.watch({ poseValid: false }, 300).result("FaceNone")).toBe("ERROR");
  });
});

describe("FaceMovement", () => {
  test.each([
    [5, "GOOD"],
    [9.5, "WARN"],
    [12, "ERROR"],
  ] as const)("a sway of %d mm is %s", (mm, result) => {
    const watcher = new Watcher().move(sway(mm), 4000);
    expect(watcher.result("FaceMovement")).toBe(result);
    expect(watcher.check?.conditions.movementMm).toBeCloseTo(mm, 0);
  });

  test("is measured in mm: the same pixels are less on a face that is nearer", () => {
    expect(new Watcher().move(shift(80), 1000).result("FaceMovement")).toBe("ERROR");
    expect(new Watcher().move(shift(160), 1000).result("FaceMovement")).toBe("GOOD");
  });

  test("ends when the window has passed it", () => {
    const watcher = new Watcher().watch({ x: 300 }, 500).watch({ x: 340 }, 1500);
    expect(watcher.result("FaceMovement")).toBe("ERROR");
    expect(watcher.watch({ x: 340 }, 1000).result("FaceMovement")).toBe("GOOD");
  });

  test("looks at the brows when asked to, alone or as well", () => {
    const onlyBrows = { checkMovement: false, checkEyebrowMovement: true };
    expect(new Watcher().move(frown(8), 1000).result("FaceMovement")).toBe("GOOD");
    expect(new Watcher({ checkEyebrowMovement: true }).move(frown(8), 1000).result("FaceMovement")).toBe("ERROR");
    expect(new Watcher(onlyBrows).move(frown(2.85), 1000).result("FaceMovement")).toBe("WARN");
    expect(new Watcher(onlyBrows).move(sway(30), 4000).result("FaceMovement")).toBe("GOOD");
  });
});

describe("FaceDirection", () => {
  test("does not mind a head that leans to the shoulder", () => {
    expect(new Watcher().watch({ rollDeg: 20 }, 500).troubles).toEqual({});
  });

  test("goes by the proportions of the face alone when the angles are let free", () => {
    const free = { maxFaceRotLR_deg: 90, maxFaceRotUD_deg: 90 };
    const result = (look: Partial<Look>) => new Watcher(free).watch(look, 200).result("FaceDirection");
    expect(result({ yawDeg: 20 })).toBe("GOOD");
    expect(result({ yawDeg: 28 })).toBe("WARN");
    expect(result({ yawDeg: 35 })).toBe("ERROR");
    expect(result({ pitchDeg: 35 })).toBe("ERROR");
    expect(result({ pitchDeg: -60 })).toBe("ERROR");
  });
});

describe("light", () => {
  test.each([
    [90, "GOOD"],
    [239, "GOOD"],
    [245, "ERROR"],
  ] as const)("a surrounding of luma %d is %s", (background, result) => {
    expect(new Watcher().watch({ background }, 100).result("ImageBackLit")).toBe(result);
  });

  test("back light has a WARN between, and hysteresis", () => {
    const window = new Watcher({ backLightMaxPixels_pct: 98 });
    const face = madeFace({});
    const part = (share: number, atMs: number) => {
      const frame = madeFrame({}, atMs);
      // A bright window covers the upper part of the surrounding, the face aside.
      const rows = Math.round(FORMAT.heightPx * share);
      frame.data.fill(250, 0, rows * FORMAT.widthPx);
      return window.constraints.checkConstraints(frame, face).results.ImageBackLit;
    };
    expect([part(0.5, 0), part(1, 30), part(0.98, 60)].map((each) => each)).toEqual(["GOOD", "ERROR", "ERROR"]);
    expect(part(0.5, 90)).toBe("GOOD");
    const limit = new Watcher({ backLightMaxPixels_pct: 100 });
    expect(limit.watch({ background: 250 }, 100).result("ImageBackLit")).toBe("WARN");
  });

  test.each([
    [-60, "GOOD"],
    [-14, "WARN"],
    [-8, "ERROR"],
  ] as const)("a face whose features differ by %d from its skin is %s", (contrast, result) => {
    expect(new Watcher().watch({ contrast }, 100).result("ImageQuality")).toBe(result);
  });

  test("is read in the picture's own range", () => {
    expect(brightnessOf(true, 126)).toBeCloseTo(126, 0);
    expect(brightnessOf(false, 126)).toBeCloseTo(((126 - 16) * 255) / 219, 0);
  });

  test("of a face outside the picture is unknown, and nothing to complain about", () => {
    const watcher = new Watcher().watch({ x: -2000, y: -2000 }, 100);
    expect(watcher.troubles).toEqual({ FaceOffTarget: "ERROR" });
    expect(watcher.check?.conditions.brightness).toBeNaN();
  });
});

describe("LowFps", () => {
  test.each([
    [30, "GOOD"],
    [25.5, "ERROR"],
    [26.5, "WARN"],
    [10, "ERROR"],
  ] as const)("%d frames per second are %s", (rateHz, result) => {
    expect(new Watcher().watch({}, 3000, rateHz).result("LowFps")).toBe(result);
  });

  test("comes back with hysteresis, and is judged without a face too", () => {
    const watcher = new Watcher().watch(undefined, 3000, 20);
    expect(watcher.result("LowFps")).toBe("ERROR");
    expect(watcher.watch({}, 4000, 26.5).result("LowFps")).toBe("ERROR");
    expect(watcher.watch({}, 4000, 27.5).result("LowFps")).toBe("WARN");
    expect(watcher.watch({}, 4000, 28.5).result("LowFps")).toBe("GOOD");
  });

  test("says nothing before half a second has been seen, and forgets before a long pause", () => {
    const watcher = new Watcher().watch({}, 300, 10);
    expect(watcher.result("LowFps")).toBe("GOOD");
    watcher.watch({}, 2000, 10);
    expect(watcher.result("LowFps")).toBe("ERROR");
    watcher.nowMs += 60_000;
    expect(watcher.watch({}, 100, 30).result("LowFps")).toBe("GOOD");
  });
});

describe("a box of the web SDK", () => {
  test("wants the face in the middle half of the picture", () => {
    const box = { boxWidth_pct: 50, boxHeight_pct: 99, minInterPupilDist_px: 0 };
    expect(new Watcher(box).watch({ x: 320 }, 100).troubles).toEqual({});
    expect(new Watcher(box).watch({ x: 420 }, 100).troubles).toEqual({ FaceOffTarget: "ERROR" });
    expect(new Watcher({ ...box, boxCenterX_pct: 65 }).watch({ x: 420 }, 100).troubles).toEqual({});
  });

  test("wants a face that is larger than it in its centre", () => {
    const box = { boxWidth_pct: 10, minInterPupilDist_px: 0 };
    expect(new Watcher(box).watch({ x: 320 }, 100).troubles).toEqual({});
    expect(new Watcher(box).watch({ x: 380 }, 100).troubles).toEqual({ FaceOffTarget: "ERROR" });
  });
});

describe("the collector's calls", () => {
  test("know all ten constraints, of which only FaceNone is enabled at first", () => {
    const constraints = new FaceConstraints(NAMES);
    expect(constraints.getAvailableConstraints()).toHaveLength(10);
    expect(constraints.getEnabledConstraints()).toEqual(["FaceNone"]);
    for (const id of CONSTRAINT_IDS) expect(constraints.getConstraintErrorMessage(id)).toBe(ADVICE[id]);
  });

  test("enable and disable one by one, and the configuration tells", () => {
    const { constraints } = new Watcher();
    constraints.disableConstraint("FaceFar");
    const far = madeFace({ eyeDistancePx: 20 });
    const check = () => constraints.checkConstraints(madeFrame({ eyeDistancePx: 20 }, 0), far).results.FaceFar;
    expect(check()).toBe("GOOD");
    expect(JSON.parse(constraints.getConstraintsConfig("json"))).toMatchObject({
      checkDistance: false,
      checkMovement: true,
    });
    constraints.enableConstraint("FaceFar");
    expect(check()).toBe("ERROR");
    expect(JSON.parse(constraints.getConstraintsConfig("json"))).toMatchObject({ checkDistance: true });
  });

  test("turn every constraint off and on by the keys of the configuration", () => {
    const { constraints } = new Watcher();
    expect(constraints.getEnabledConstraints()).toEqual(CONSTRAINT_IDS);
    constraints.setConstraintsConfig("json", '{"checkLighting": false, "checkFace": false}');
    expect(constraints.getEnabledConstraints()).not.toContain("ImageDark");
    expect(constraints.getEnabledConstraints()).not.toContain("ImageBright");
    expect(constraints.getEnabledConstraints()).not.toContain("FaceNone");
    expect(constraints.getEnabledConstraints()).toHaveLength(7);
  });

  test("give the configuration back as it was set, all keys of it", () => {
    const constraints = new FaceConstraints(NAMES);
    constraints.setConstraintsConfig("json", '{"maxMovement_mm": 7, "checkMovement": true}');
    const text = constraints.getConstraintsConfig("json");
    const config = JSON.parse(text) as Record<string, unknown>;
    expect(config).toMatchObject({ maxMovement_mm: 7, checkMovement: true, checkDistance: false, minimumFps: 26 });
    const other = new FaceConstraints(NAMES);
    other.setConstraintsConfig("json", text);
    expect(other.getConstraintsConfig("json")).toBe(text);
  });

  test.each([
    ["{", "must hold one JSON object"],
    ["[]", "must hold one JSON object"],
    ['{"maxMovement": 3}', '"maxMovement" is no key of the constraints'],
    ['{"faceRotUD_upperthresh": 3}', 'did you mean "faceRotUD_upperThresh"?'],
    ['{"maxMovement_mm": "3"}', '"maxMovement_mm" is "3", but must be a number from 0 to 1000'],
    ['{"maxMovement_mm": -1}', '"maxMovement_mm" is -1, but'],
    ['{"threshBright": 256}', '"threshBright" is 256, but must be a number from 0 to 255'],
    ['{"checkMovement": 1}', '"checkMovement" is 1, but must be true or false'],
    ['{"constructor": 1}', '"constructor" is no key'],
  ])("refuse %s and change nothing", (text, sentence) => {
    const constraints = new FaceConstraints(NAMES);
    const before = constraints.getConstraintsConfig("json");
    const refused = expect.objectContaining({ code: "USAGE", message: expect.stringContaining(sentence) });
    expect(() => constraints.setConstraintsConfig("json", text)).toThrowError(refused);
    expect(constraints.getConstraintsConfig("json")).toBe(before);
  });
});

test("the answer is the same object in every frame", () => {
  const { constraints } = new Watcher();
  const first = constraints.checkConstraints(madeFrame({}, 0), madeFace({}));
  expect(constraints.checkConstraints(madeFrame({}, 33), undefined)).toBe(first);
});

test("a tracker without the points that are needed sees no face", () => {
  const constraints = new FaceConstraints(["9.3"]);
  const check = constraints.checkConstraints(madeFrame({}, 0), {
    ...madeFace({}),
    points: Float32Array.of(1, 2, 0, 1),
  });
  expect(check.results.FaceNone).toBe("ERROR");
});
