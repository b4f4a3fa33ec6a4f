/** @file Keeps a lease while its task is worked on. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PictorError } from '../contracts/index.ts';
import type { Lease, Queue } from '../platform/index.ts';
import { isLeaseLost } from './record-writer.ts';

export interface Heartbeat {
  /** Prolongs the lease now. @throws `lease_lost` */
  beat(): Promise<void>;
  stop(): void;
}

/**
 * Prolongs the lease every quarter of its length. Another failure than its loss is tried again until the lease must
 * have run out.
 * @param onLost called once, with the reason, when the lease is gone
 */
export function keepLease<T>(
  queue: Queue<T>,
  lease: Lease<T>,
  leaseMs: number,
  onLost: (reason: unknown) => void,
): Heartbeat {
  const stopped = new AbortController();
  let heldUntil = Date.now() + leaseMs;
  const beat = async () => {
    const now = Date.now();
    await queue.extend(lease, leaseMs);
    heldUntil = now + leaseMs;
  };
  const run = async () => {
    while (!stopped.signal.aborted) {
      await sleep(leaseMs / 4, undefined, { signal: stopped.signal });
      try {
        await beat();
      } catch (error) {
        if (stopped.signal.aborted) return;
        if (isLeaseLost(error)) return onLost(error);
        if (Date.now() > heldUntil) {
          return onLost(new PictorError('lease_lost', `The lease of "${lease.id}" ran out.`, { cause: error }));
        }
      }
    }
  };
  run().catch(() => {}); // the sleep ends by its signal
  return { beat, stop: () => stopped.abort() };
}
