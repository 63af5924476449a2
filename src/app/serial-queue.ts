/**
 * Runs tasks one after the other: the service wants chunks in order, each after the answer to the one
 * before. Its length is bounded by who adds: the measuring thread stops at CHUNK_QUEUE_LENGTH unanswered
 * chunks. After the first failure no further task is run.
 */
export class SerialQueue {
  #tail: Promise<void> = Promise.resolve();

  /** Resolves when the task is done; rejects with its failure or that of an earlier one. */
  add(task: () => Promise<void>): Promise<void> {
    this.#tail = this.#tail.then(task);
    return this.#tail;
  }

  /** Resolves when all tasks so far are done; rejects with the first failure. */
  async done(): Promise<void> {
    await this.#tail;
  }
}
