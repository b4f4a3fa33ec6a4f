/** @file What was opened, to be closed in the reverse order. */
import type { Logger } from './logger.ts';

type Closer = () => Promise<void> | void;

export class Closers {
  readonly #closers: Closer[] = [];
  readonly #log: Logger;
  #closing: Promise<void> | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  add(closer: Closer): void {
    this.#closers.push(closer);
  }

  /** For what does not wait for one another: all that is added there is closed at once, when it is this place's turn. */
  together(): Pick<Closers, 'add'> {
    const closers: Closer[] = [];
    this.add(async () => {
      await Promise.all(closers.map((closer) => this.#run(closer)));
    });
    return { add: (closer) => void closers.push(closer) };
  }

  /** Once; a failure of one does not keep the others open. @param first what comes before all of them */
  close(first: Closer = () => {}): Promise<void> {
    this.#closing ??= this.#close(first);
    return this.#closing;
  }

  async #close(first: Closer): Promise<void> {
    for (const closer of [first, ...this.#closers.reverse()]) await this.#run(closer);
  }

  async #run(closer: Closer): Promise<void> {
    try {
      await closer();
    } catch (error) {
      this.#log.error({ err: error }, 'Something could not be closed.');
    }
  }
}
