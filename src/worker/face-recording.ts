import { closeSync, openSync, writeSync } from "node:fs";

import { failureOf } from "../domain/errors.js";
import type { FaceObservation, PosePointNames } from "../domain/face.js";
import { FaceRecorder } from "../face/face-file.js";

/** Readable for the owner only: where a face was is nobody else's business. */
const OWNER_ONLY = 0o600;

/**
 * The face file of a running measurement. A disk that fails ends the recording, with a notice, and not the measurement.
 * Writing is synchronous: 64 kB at a time, and every other thread goes on.
 */
export class FaceRecording {
  readonly #path: string;
  readonly #notice: (text: string) => void;
  readonly #recorder = new FaceRecorder((text) => this.#append(text));
  #file: number | undefined;
  #hasFailed = false;

  constructor(path: string, notice: (text: string) => void) {
    this.#path = path;
    this.#notice = notice;
  }

  add(frameNumber: number, face: FaceObservation, pointNames: PosePointNames): void {
    if (!this.#hasFailed) this.#recorder.add(frameNumber, face, pointNames);
  }

  /** Completes the file and gives its path; undefined when it failed or no face was seen. */
  end(): string | undefined {
    if (!this.#hasFailed && this.#recorder.count > 0) this.#recorder.end();
    const isComplete = this.#file !== undefined && !this.#hasFailed;
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    return isComplete ? this.#path : undefined;
  }

  #append(text: string): void {
    try {
      this.#file ??= openSync(this.#path, "w", OWNER_ONLY);
      writeSync(this.#file, text);
    } catch (error) {
      this.#hasFailed = true;
      this.#notice(`the face points cannot be written to ${this.#path} (${failureOf(error).message}): free some space`);
    }
  }
}
