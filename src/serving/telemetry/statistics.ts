/** @file What each version has done: requests, rows, batches, and where the time went. */
import type { VersionNumber } from '../models/version-status.ts';
import type { LoadFacts, RequestFacts, RunFacts, ServingObserver, VersionName } from './observer.ts';

/** How often, and how long altogether. */
export interface DurationTotal {
  readonly count: number;
  readonly totalMs: number;
}

export interface BatchStatistics {
  readonly rows: number;
  /** How often a batch of so many rows ran; its time inside the graph. */
  readonly compute: DurationTotal;
}

export interface ModelStatistics {
  readonly model: string;
  readonly version: VersionNumber;
  /** `Date.now()` of the last request; null when there was none. */
  readonly lastRequestAt: number | null;
  readonly success: DurationTotal;
  readonly failure: DurationTotal;
  /** Rows that were answered. */
  readonly rows: number;
  /** Batches that were run. */
  readonly batches: number;
  /** Of the requests that succeeded. */
  readonly queue: DurationTotal;
  readonly decode: DurationTotal;
  readonly compute: DurationTotal;
  readonly other: DurationTotal;
  /** By rows, ascending. */
  readonly byBatchSize: readonly BatchStatistics[];
}

class Total implements DurationTotal {
  count = 0;
  totalMs = 0;

  add(milliseconds: number): void {
    this.count++;
    this.totalMs += Math.max(0, milliseconds);
  }
}

class VersionTotals {
  lastRequestAt: number | null = null;
  rows = 0;
  batches = 0;
  readonly success = new Total();
  readonly failure = new Total();
  readonly queue = new Total();
  readonly decode = new Total();
  readonly compute = new Total();
  readonly other = new Total();
  readonly sizes = new Map<number, Total>();
}

export class StatisticsObserver implements ServingObserver {
  readonly #versions = new Map<
    string,
    { readonly model: string; readonly version: VersionNumber; readonly totals: VersionTotals }
  >();

  onRequest({ model, version, rows, error, totalMs, decodeMs, queueMs, computeMs }: RequestFacts): void {
    const totals = this.#totals(model, version);
    totals.lastRequestAt = Date.now();
    if (error) {
      totals.failure.add(totalMs);
      return;
    }
    totals.success.add(totalMs);
    totals.rows += rows;
    totals.queue.add(queueMs);
    totals.decode.add(decodeMs);
    totals.compute.add(computeMs);
    totals.other.add(totalMs - queueMs - decodeMs - computeMs);
  }

  onRun({ model, version, rows, computeMs }: RunFacts): void {
    const totals = this.#totals(model, version);
    totals.batches++;
    const size = totals.sizes.get(rows) ?? new Total();
    totals.sizes.set(rows, size);
    size.add(computeMs);
  }

  /** Versions come as long as the server runs: one that is gone takes its totals along. */
  onState({ model, version, state, error }: LoadFacts): void {
    if (state === 'END' && !error) this.#versions.delete(keyOf({ model, version }));
  }

  /** @param model default: all */
  read(model?: string): ModelStatistics[] {
    const chosen = [...this.#versions.values()].filter((entry) => model === undefined || entry.model === model);
    return chosen.map(({ model: name, version, totals }) => {
      const { success, failure, queue, decode, compute, other, rows, batches, lastRequestAt, sizes } = totals;
      const byBatchSize = [...sizes]
        .sort(([a], [b]) => a - b)
        .map(([size, total]) => ({ rows: size, compute: { ...total } }));
      const times = { success, failure, queue, decode, compute, other };
      const copies = Object.fromEntries(Object.entries(times).map(([key, total]) => [key, { ...total }]));
      return { model: name, version, lastRequestAt, rows, batches, byBatchSize, ...(copies as typeof times) };
    });
  }

  #totals(model: string, version: VersionNumber): VersionTotals {
    const key = keyOf({ model, version });
    const known = this.#versions.get(key);
    if (known) return known.totals;
    const totals = new VersionTotals();
    this.#versions.set(key, { model, version, totals });
    return totals;
  }
}

function keyOf({ model, version }: VersionName): string {
  return `${version}/${model}`;
}
