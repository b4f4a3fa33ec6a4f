/** @file Keeps a version whose runs do not end from taking one worker after the other. */
import { PictorError } from '../../contracts/index.ts';

/**
 * Runs of one version that may be given up before it counts as broken. One may be an accident, of a machine that stood still;
 * each may cost a core for as long as the process lives, as a running graph cannot be ended.
 */
const MOST_GIVEN_UP = 3;

export class RunGuard {
  readonly #what: string;
  readonly #onBroken: (error: PictorError) => void;
  #givenUp = 0;
  #broken: PictorError | null = null;

  /** @param what the version, at the start of a sentence; `onBroken` is called once */
  constructor(what: string, onBroken: (error: PictorError) => void) {
    this.#what = what;
    this.#onBroken = onBroken;
  }

  /** @throws `model_broken` once too many runs were given up: also for what waits already */
  check(): void {
    if (this.#broken) throw this.#broken;
  }

  /** A run that failed. */
  note(error: unknown): void {
    if (this.#broken || !(error instanceof PictorError) || error.code !== 'run_too_long') return;
    this.#givenUp++;
    if (this.#givenUp < MOST_GIVEN_UP) return;
    this.#broken = new PictorError(
      'model_broken',
      `${this.#what} is not run any more: ${this.#givenUp} of its runs were given up, the last because: ${error.message}`,
      {
        fix: 'Publish a version whose graph ends, or raise PICTOR_RUN_LIMIT_MS; loading it again gives it another chance.',
      },
    );
    this.#onBroken(this.#broken);
  }
}

/** It comes from a run or a load that was given up, which is not tried again by itself. */
export function isTooLong(error: unknown): boolean {
  if (!(error instanceof PictorError)) return false;
  return error.code === 'run_too_long' || isTooLong(error.cause);
}
