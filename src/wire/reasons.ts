import { REASONS_MAX } from "./size-limits.js";

/**
 * What the `Errors` of a failure say, a line for each field or signal: "StudyID: isUUID 4", "HR_BPM: too short".
 * Two forms are known, `{field: [[rule, [arguments]]]}` and `{field: {msgs: [text]}}`; others give nothing.
 */
export function readReasons(errors: unknown): readonly string[] {
  if (typeof errors !== "object" || errors === null) return [];
  return Object.entries(errors)
    .slice(0, REASONS_MAX)
    .map(([field, value]: [string, unknown]) => [field, textsIn(value).join(", ")])
    .map(([field, text]) => (text === "" ? `${field}` : `${field}: ${text}`));
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.slice(0, REASONS_MAX).map(ruleText);
  if (typeof value === "object" && value !== null && "msgs" in value) return textsIn(value.msgs);
  return [];
}

/** `["isUUID", [4]]` as "isUUID 4". */
function ruleText(value: unknown): string {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return "";
  const [rule, given] = value as unknown[];
  const words = [rule, ...(Array.isArray(given) ? given : [])].slice(0, REASONS_MAX);
  return words.filter((word) => typeof word === "string" || typeof word === "number").join(" ");
}
