/** @file What was opened, to be closed in the reverse order. */
import type { Logger } from './logger.ts';

export class Closers {
  readonly #closers: (() => Promise<void> | void)[] = [];
  readonly #log: Logger;
  #closing: Promise<void> | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  add(closer: () => Promise<void> | void): void {
    this.#closers.push(closer);
  }

  /** Once; a failure of one does not keep the others open. @param first what comes before all of them */
  close(first: () => Promise<void> | void = () => {}): Promise<void> {
    this.#closing ??= this.#close(first);
    return this.#closing;
  }

  async #close(first: () => Promise<void> | void): Promise<void> {
    for (const closer of [first, ...this.#closers.reverse()]) {
      try {
        await closer();
      } catch (error) {
        this.#log.error({ err: error }, 'Something could not be closed.');
      }
    }
  }
}
