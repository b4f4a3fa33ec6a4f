/** @file A meeting point for worker threads, in shared memory. */

const ARRIVED = 0;
const GENERATION = 1;
const INTS = 2;
/** Short waits are spun through: waking a sleeping thread costs more than they last. */
const SPINS = 2000;

/** Every one of `parties` threads waits until all have arrived. Reusable. */
export class SharedBarrier {
  static readonly bytes = INTS * Int32Array.BYTES_PER_ELEMENT;
  readonly #state: Int32Array;
  readonly #parties: number;

  /** @param memory at least `SharedBarrier.bytes`, zero at first, the same for all parties */
  constructor(memory: SharedArrayBuffer, parties: number) {
    this.#state = new Int32Array(memory, 0, INTS);
    this.#parties = parties;
  }

  /** Blocks the thread. What a party wrote to shared memory before is visible to all after. */
  wait(): void {
    this.waitFor(this.arrive());
  }

  /**
   * Says that this party is here, without waiting for the others: `waitFor` does, and has to come before it arrives again.
   * @returns what to wait for
   */
  arrive(): number {
    const generation = Atomics.load(this.#state, GENERATION);
    if (Atomics.add(this.#state, ARRIVED, 1) === this.#parties - 1) {
      Atomics.store(this.#state, ARRIVED, 0);
      Atomics.add(this.#state, GENERATION, 1);
      Atomics.notify(this.#state, GENERATION);
    }
    return generation;
  }

  /** Whether all have arrived. */
  isPassed(generation: number): boolean {
    return Atomics.load(this.#state, GENERATION) !== generation;
  }

  waitFor(generation: number): void {
    for (let i = 0; i < SPINS; i++) if (this.isPassed(generation)) return;
    while (!this.isPassed(generation)) Atomics.wait(this.#state, GENERATION, generation);
  }
}
