/** @file Latencies of many requests, and their percentiles. */
import type { Latencies } from './types.ts';

/** Grows by doubling; a number of eight bytes each, so that measuring costs next to nothing. */
export class LatencyLog {
  #values = new Float64Array(4096);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** @param milliseconds */
  add(milliseconds: number): void {
    if (this.#count === this.#values.length) {
      const grown = new Float64Array(2 * this.#values.length);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#count++] = milliseconds;
  }

  /** In no order. */
  values(): Float64Array {
    return this.#values.subarray(0, this.#count);
  }
}

/** Null for none. */
export function summarise(logs: readonly LatencyLog[]): Latencies | null {
  const sorted = new Float64Array(logs.reduce((sum, log) => sum + log.count, 0));
  if (sorted.length === 0) return null;
  let at = 0;
  for (const log of logs) {
    sorted.set(log.values(), at);
    at += log.count;
  }
  sorted.sort();
  return {
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    p50: percentile(sorted, 0.5),
    p90: percentile(sorted, 0.9),
    p99: percentile(sorted, 0.99),
    max: sorted[sorted.length - 1],
  };
}

/** The smallest value that at least this share of all are not above. @param sorted upwards, not empty */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}
