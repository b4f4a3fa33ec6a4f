/** @file Takes snapshots when they are due and hands them over; training goes on while one is written. */
import { CheckpointClock, type CheckpointPlan } from './checkpoint-clock.ts';
import type { TrainingSnapshot } from './snapshot.ts';

export class Checkpointer {
  readonly clock: CheckpointClock;
  readonly #take: () => Promise<TrainingSnapshot>;
  readonly #write: (snapshot: TrainingSnapshot) => Promise<void>;
  #writing: Promise<void> = Promise.resolve();
  #failed: unknown = null;

  constructor(
    plan: CheckpointPlan,
    take: () => Promise<TrainingSnapshot>,
    write: (snapshot: TrainingSnapshot) => Promise<void>,
  ) {
    this.clock = new CheckpointClock(plan);
    this.#take = take;
    this.#write = write;
  }

  /** Takes one now. Only one is written at a time: waits for the one before. @throws what kept that from being written */
  async checkpoint(): Promise<void> {
    await this.finish();
    const began = performance.now();
    const snapshot = await this.#take();
    this.#writing = this.#write(snapshot).then(
      () => this.clock.taken(performance.now() - began),
      (error) => {
        this.#failed = error;
      },
    );
  }

  /** Waits for what is being written. */
  async finish(): Promise<void> {
    await this.#writing;
    if (this.#failed !== null) throw this.#failed;
  }
}
