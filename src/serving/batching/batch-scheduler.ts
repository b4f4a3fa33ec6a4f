/** @file Work-conserving: whatever queued while every worker was busy runs together; nothing waits while one is idle. */
import { BatchQueue, type BatchQueueOptions, type WaitingQueue } from './batch-queue.ts';

interface Group {
  /** Milliseconds of workers that it has had, counted from where the others were when it came. */
  served: number;
  running: number;
}

export interface SchedulerOptions {
  /** Number of workers: so many batches run at once. */
  readonly concurrency: number;
  /** Milliseconds; for tests. Default: `performance.now`. */
  readonly now?: () => number;
}

/**
 * What a group may have had more than the others before they go first. Without a bound, one batch that took seconds, or stood
 * behind a worker that was loading, would shut its model out for as long.
 */
const MOST_OWED_MS = 250;

/**
 * Shares the workers among the queues of all loaded models. The group that had least of the workers' time goes first
 * (start-time fair queueing), so that a slow model cannot crowd out a fast one; within it the most urgent queue.
 */
export class BatchScheduler {
  readonly #concurrency: number;
  readonly #now: () => number;
  readonly #queues = new Set<WaitingQueue>();
  readonly #groups = new Map<string, Group>();
  #running = 0;
  /** What the group had that was served last. */
  #served = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ concurrency, now = () => performance.now() }: SchedulerOptions) {
    this.#concurrency = Math.max(1, concurrency);
    this.#now = now;
  }

  createQueue<Input, Output>(options: BatchQueueOptions<Input, Output>): BatchQueue<Input, Output> {
    return new BatchQueue(options, (queue) => this.#offer(queue), this.#now);
  }

  /** Batches that run now. */
  get running(): number {
    return this.#running;
  }

  get concurrency(): number {
    return this.#concurrency;
  }

  #offer(queue: WaitingQueue): void {
    this.#queues.add(queue);
    const { group } = queue;
    if (!this.#groups.has(group)) this.#groups.set(group, { served: this.#served, running: 0 });
    this.#pump();
  }

  #pump(): void {
    clearTimeout(this.#timer);
    while (this.#running < this.#concurrency) {
      const queue = this.#next();
      if (!queue) return;
      const batch = queue.take();
      if (queue.waiting === 0) this.#queues.delete(queue);
      if (!batch) continue;
      const group = this.#groups.get(queue.group)!;
      this.#served = group.served;
      group.served += batch.estimatedMs;
      group.running++;
      this.#running++;
      const started = this.#now();
      void batch.run().finally(() => {
        group.served += this.#now() - started - batch.estimatedMs;
        group.served = Math.min(group.served, this.#leastServed(group) + MOST_OWED_MS);
        group.running--;
        this.#running--;
        this.#forgetIdle(queue.group, group);
        this.#pump();
      });
    }
  }

  #next(): WaitingQueue | null {
    let best: WaitingQueue | null = null;
    let bestServed = Number.POSITIVE_INFINITY;
    let soonest = Number.POSITIVE_INFINITY;
    for (const queue of this.#queues) {
      if (queue.waiting === 0) {
        // All that waited were cancelled.
        this.#queues.delete(queue);
        continue;
      }
      const readyAt = queue.readyAt();
      if (readyAt > 0 && readyAt > this.#now()) {
        soonest = Math.min(soonest, readyAt);
        continue;
      }
      const { served } = this.#groups.get(queue.group)!;
      if (served > bestServed || (served === bestServed && best && queue.due >= best.due)) continue;
      best = queue;
      bestServed = served;
    }
    if (!best && soonest < Number.POSITIVE_INFINITY) {
      this.#timer = setTimeout(() => this.#pump(), Math.max(0, soonest - this.#now()));
    }
    return best;
  }

  /** Of the other groups; without any there is nobody to owe anything to. */
  #leastServed(group: Group): number {
    let least = Number.POSITIVE_INFINITY;
    for (const other of this.#groups.values()) if (other !== group) least = Math.min(least, other.served);
    return least;
  }

  /** A group that comes back starts where the others are: what it did not use is not owed to it. */
  #forgetIdle(name: string, group: Group): void {
    if (group.running > 0) return;
    for (const queue of this.#queues) if (queue.group === name && queue.waiting > 0) return;
    this.#groups.delete(name);
  }
}
