import type { PreviewPicture } from "../domain/preview.js";
import type { Extraction } from "../worker/host.js";

/** A live frame comes within a tenth of a second; where there was a picture before, that one will do. */
const WAIT_MS = 500;

/** On a busy machine the first picture takes its time, and there is none in its place. */
const FIRST_WAIT_MS = 5_000;

/** Asks the measuring thread for a still and waits for it; then for the newest that there was, if any. */
export class StillRequest {
  #newest: PreviewPicture | undefined;
  #tell: (() => void)[] = [];

  arrived(picture: PreviewPicture): void {
    this.#newest = picture;
    for (const tell of this.#tell.splice(0)) tell();
  }

  /** @param extraction undefined: there is none yet, so that there is nothing to wait for. */
  async next(
    extraction: Pick<Extraction, "requestStill" | "outcome"> | undefined,
  ): Promise<PreviewPicture | undefined> {
    if (!extraction) return this.#newest;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#newest ? WAIT_MS : FIRST_WAIT_MS);
      const tell = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.#tell.push(tell);
      void extraction.outcome.then(tell);
      extraction.requestStill();
    });
    return this.#newest;
  }
}
