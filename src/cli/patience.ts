/** Sooner, a line would only flicker past. */
const FIRST_MS = 700;
const AGAIN_MS = 10_000;

/**
 * Does something that may take long, and says what is waited for when it does: on stderr, so that it is never in the way of
 * the output.
 */
export async function patiently<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const startMs = performance.now();
  const tell = (): void => {
    const waitedS = Math.round((performance.now() - startMs) / 1000);
    process.stderr.write(`dfxterm: ${what} ...${waitedS < 2 ? "" : ` (${waitedS} s)`}\n`);
    timer = setTimeout(tell, AGAIN_MS);
  };
  let timer = setTimeout(tell, FIRST_MS);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}
