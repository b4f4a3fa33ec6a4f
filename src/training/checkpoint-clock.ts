/** @file When a checkpoint is due. */

/** Any of these; nothing is due without one. */
export interface CheckpointPlan {
  /** After every so many steps of an epoch. */
  readonly everySteps?: number;
  readonly everySeconds?: number;
  /** At the end of every epoch. Default true. */
  readonly everyEpoch?: boolean;
}

/** Of the time, at most this share goes into checkpoints that are not due by a number of steps. */
const MAX_SHARE = 0.05;

export class CheckpointClock {
  readonly #plan: CheckpointPlan;
  readonly #now: () => number;
  #last: number;
  #cost = 0;

  /** @param now milliseconds */
  constructor(plan: CheckpointPlan, now: () => number = () => performance.now()) {
    this.#plan = plan;
    this.#now = now;
    this.#last = now();
  }

  /** The step after which one is due by number, or `steps`. */
  nextStep(step: number, steps: number): number {
    const { everySteps } = this.#plan;
    return everySteps === undefined ? steps : Math.min(steps, (Math.floor(step / everySteps) + 1) * everySteps);
  }

  /** Milliseconds until one is due by time; null for never. */
  get wait(): number | null {
    const { everySeconds } = this.#plan;
    if (everySeconds === undefined) return null;
    const interval = Math.max(everySeconds * 1000, this.#pause);
    return Math.max(0, this.#last + interval - this.#now());
  }

  /** @param step steps of the epoch that are done, but not all of them */
  dueAt(step: number): boolean {
    const { everySteps } = this.#plan;
    return (everySteps !== undefined && step % everySteps === 0) || this.wait === 0;
  }

  /** Short epochs of large networks are not all kept: writing would take longer than training. */
  get dueAtEpochEnd(): boolean {
    if (this.#plan.everySteps !== undefined) return true;
    return (this.#plan.everyEpoch ?? true) && this.#now() - this.#last >= this.#pause;
  }

  /** @param cost milliseconds that it took */
  taken(cost: number): void {
    this.#last = this.#now();
    this.#cost = cost;
  }

  get #pause(): number {
    return this.#cost * (1 / MAX_SHARE - 1);
  }
}
