import type { PreviewPicture } from "../domain/preview.js";

/** A live frame comes within a tenth of a second; before the first and after the last there is none to wait for. */
const WAIT_MS = 500;

/** Asks the measuring thread for a still and waits for it; then for the newest that there was, if any. */
export class StillRequest {
  #newest: PreviewPicture | undefined;
  #tell: (() => void)[] = [];

  arrived(picture: PreviewPicture): void {
    this.#newest = picture;
    for (const tell of this.#tell.splice(0)) tell();
  }

  async next(request: () => void): Promise<PreviewPicture | undefined> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, WAIT_MS);
      this.#tell.push(() => {
        clearTimeout(timer);
        resolve();
      });
      request();
    });
    return this.#newest;
  }
}
