import {
  CONSTRAINT_IDS,
  type Conditions,
  type ConstraintCheck,
  type ConstraintId,
  type ConstraintResult,
} from "../../src/domain/constraints.js";

/** The check of a frame in which everything is GOOD but what is named. */
export function madeCheck(
  results: Partial<Record<ConstraintId, ConstraintResult>>,
  conditions: Partial<Conditions> = {},
): ConstraintCheck {
  const all = Object.fromEntries(CONSTRAINT_IDS.map((id) => [id, results[id] ?? "GOOD"]));
  const values = Object.values(all);
  const good = { eyeDistancePx: 100, yawDeg: 0, pitchDeg: 0, movementMm: 1, brightness: 140, rateHz: 30 };
  return {
    overall: values.includes("ERROR") ? "ERROR" : values.includes("WARN") ? "WARN" : "GOOD",
    results: all as Record<ConstraintId, ConstraintResult>,
    conditions: { ...good, ...conditions },
  };
}
