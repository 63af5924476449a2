import { RESULTS_WAIT_S } from "../domain/measurement-terms.js";
import { countReached, type Measurement } from "./measurement.js";

/** What a measurement waits for; undefined when it waits for the operator, or for pictures alone. */
export interface Waiting {
  /** Another kind is another wait, whose time begins anew. */
  readonly kind: string;
  /** "waiting for results: 1 of 4 here" */
  readonly text: string;
  /** After so many seconds it goes on, whatever is missing; undefined where the parts have limits of their own. */
  readonly limitS: number | undefined;
}

export function waitingOf({ phase, chunks }: Measurement): Waiting | undefined {
  if (phase.kind === "connecting") return { kind: phase.step, text: phase.step, limitS: undefined };
  // The time is that of the chunk which is on its way, also when the pictures end meanwhile.
  const next = chunks.find(({ acknowledgedAtMs }) => acknowledgedAtMs === undefined);
  const kind = `sending ${next?.number}`;
  if (phase.kind === "measuring" && next?.sentAtMs !== undefined) {
    return { kind, text: `sending chunk ${next.number + 1}: not acknowledged yet`, limitS: undefined };
  }
  if (phase.kind !== "finishing") return undefined;
  const all = chunks.length;
  const sent = countReached(chunks, "acknowledgedAtMs");
  if (sent < all) return { kind, text: `sending: ${sent} of ${all} acknowledged`, limitS: undefined };
  const here = countReached(chunks, "resultAtMs");
  if (here === all) return { kind: "fetching", text: "fetching the final results", limitS: undefined };
  return { kind: "results", text: `waiting for results: ${here} of ${all} here`, limitS: RESULTS_WAIT_S };
}
