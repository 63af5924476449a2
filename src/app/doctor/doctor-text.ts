import { styleText } from "node:util";

import { printable } from "../../domain/printable.js";
import type { Check, CheckStatus } from "./check.js";

const COLORS = { ok: "green", warning: "yellow", broken: "red", unknown: "gray" } as const satisfies Record<
  CheckStatus,
  string
>;
const STATUS_COLUMNS = 9;
const ID_COLUMNS = 10;

/** The checks as lines that are not longer than `columns`, and in one sentence what they come to. */
export function doctorLines(checks: readonly Check[], columns: number, color: boolean): string[] {
  const lines = checks.flatMap(({ id, status, found, advice }) => {
    const word = status.padEnd(STATUS_COLUMNS);
    const start = `${color ? styleText(COLORS[status], word, { validateStream: false }) : word}${id.padEnd(ID_COLUMNS)}`;
    const width = Math.max(20, columns - STATUS_COLUMNS - ID_COLUMNS);
    const [first = "", ...rest] = [
      ...broken(printable(found), width),
      ...(advice === null
        ? []
        : broken(printable(advice), width - 3).map((line, i) => `${i === 0 ? "-> " : "   "}${line}`)),
    ];
    const indent = " ".repeat(STATUS_COLUMNS + ID_COLUMNS);
    return [start + first, ...rest.map((line) => indent + line)];
  });
  return [...lines, "", verdict(checks)];
}

function verdict(checks: readonly Check[]): string {
  const named = (status: CheckStatus): string =>
    checks
      .filter((check) => check.status === status)
      .map(({ id }) => id)
      .join(", ");
  const bad = named("broken");
  const doubtful = named("warning");
  if (bad !== "") return `Broken: ${bad}.`;
  return doubtful === "" ? "Everything that is needed is there." : `Nothing is broken; see ${doubtful}.`;
}

/** Broken between words; a longer word stands alone and is broken where it has to be. */
function broken(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const space = rest.lastIndexOf(" ", width);
    const at = space > 0 ? space : width;
    lines.push(rest.slice(0, at));
    rest = rest.slice(at).trimStart();
  }
  return [...lines, rest];
}
