/** @file The worker: takes training and dataset tasks from their queues until it is told to stop. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lease, Platform, Queue } from '../platform/index.ts';
import { checkDataset } from './dataset-task.ts';
import type { JobSettings } from './rooms.ts';
import { workOnRun } from './run-task.ts';
import { openStores } from './stores.ts';
import { requeueForgotten, sweep } from './sweep.ts';

export interface TrainerSettings extends JobSettings {
  readonly platform: Platform;
  /** Ends the worker: it finishes nothing, and gives back what it holds. */
  readonly signal: AbortSignal;
  /** How long a task stays with a worker that no longer answers. Default 8,000. */
  readonly leaseMs?: number;
  /** Hears what does not belong to one run, such as a store that cannot be read. */
  readonly onProblem?: (error: unknown) => void;
}

const WAIT_MS = 10_000;
const SWEEP_MS = 5_000;
const PROBLEM_PAUSE_MS = 1_000;

/**
 * Works on one run and, beside it, on one dataset at a time, so that a check never waits behind a long training.
 * Resolves when the signal is aborted and what was held has been given back.
 */
export async function runTrainer(settings: TrainerSettings): Promise<void> {
  const { platform, signal, leaseMs = 8_000 } = settings;
  const stores = openStores(platform);
  const task = { leaseMs, shutDown: signal };
  await Promise.all([
    serve(settings, stores.trainingQueue, (lease) => workOnRun(settings, stores, lease, task)),
    serve(settings, stores.datasetQueue, (lease) => checkDataset(settings, stores, lease, task)),
    requeueForgotten(stores).catch((error) => settings.onProblem?.(error)),
    repeat(settings, async () => {
      await sweep(stores);
      await sleep(SWEEP_MS, undefined, { signal });
    }),
  ]);
}

async function serve<T>(
  settings: TrainerSettings,
  queue: Queue<T>,
  work: (lease: Lease<T>) => Promise<void>,
): Promise<void> {
  const { signal, leaseMs = 8_000 } = settings;
  await repeat(settings, async () => {
    const lease = await queue.receive({ leaseMs, waitMs: WAIT_MS, signal });
    if (lease) await work(lease);
  });
}

/** A problem of the store must not end the worker: it may pass, and somebody has to be there then. */
async function repeat({ signal, onProblem }: TrainerSettings, step: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    try {
      await step();
    } catch (error) {
      if (signal.aborted) return;
      onProblem?.(error);
      await sleep(PROBLEM_PAUSE_MS, undefined, { signal }).catch(() => {});
    }
  }
}
