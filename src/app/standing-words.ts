import { join } from "node:path";

import { shellWord } from "../results/plain-summary.js";
import type { KeptMeasurement } from "./resume-list.js";

/** Where a kept measurement stands, in a sentence without its full stop: what is left to do, or why nothing is. */
export function standingSentence({ name, path, standing, state, holder }: KeptMeasurement): string {
  if (holder !== undefined) return `measurement ${name} is being measured now, by another dfxterm`;
  switch (standing) {
    case "complete":
      return `measurement ${name} is complete (dfxterm show ${shellWord(path)})`;
    case "lost":
      return `the server takes no more of measurement ${name}; ${anewSentence(path, state.chunks.size)}`;
    case "over":
      return `nothing was measured in ${name}; measure again`;
    case "unfinished":
      return `measurement ${name} was not finished: dfxterm resume ${shellWord(path)} goes on with it`;
  }
}

/** The same of one whose summary is missing or cannot be read. */
export function withoutSummarySentence(kept: KeptMeasurement): string {
  const { standing, holder, name, path, manifest } = kept;
  if (!manifest) return `measurement ${name} has no manifest.json that can be read: nothing can go on with it`;
  if (standing !== "complete" || holder !== undefined) return standingSentence(kept);
  return `measurement ${name} is complete, but its summary cannot be read: dfxterm resume ${shellWord(path)} writes it again`;
}

/** What is kept of a measurement that cannot go on, and how to send it anew. */
export function anewSentence(folder: string, chunkCount: number): string {
  const kept = chunkCount === 1 ? "1 chunk is kept, send it" : `${chunkCount} chunks are kept, send them`;
  const saved = join(folder, "chunks");
  return `${kept} as a new measurement with: dfxterm measure --from-chunks ${shellWord(saved)}`;
}
