/** @file What a soak's server holds in memory over time, and whether it is flat. */
import { setTimeout as sleep } from 'node:timers/promises';
import { measure, residentOf } from './server.js';
import { slopeOf } from './slope.js';

/** Compilers, caches and allocators reach their size in the beginning. */
const WARM_UP = { share: 0.2, leastMs: 60_000 };
/** Slopes of shorter runs are those of noise. */
const FLAT_FROM_MS = 5 * 60_000;
const SAMPLE_MS = 10_000;
const PEAK_MS = 1000;
const MIB = 1024 * 1024;

/**
 * Growth in MiB a minute that is taken for none. `live` is what objects and their buffers take, which hardly varies: a version that
 * is swapped every 5 s and leaves 10 KiB behind is above it. `native` is what is resident outside of V8's heaps: buffers, the
 * runtime's sessions, allocators' fragments; a burst of requests raises it once by some MiB, sessions of the smallest model that are
 * not freed by more than 3 a minute. V8 itself keeps pages that it has once needed, as it pleases.
 */
export const FLAT = { live: 0.1, native: 2 };

/** Standard errors of a slope by which it must be above that: how much is in memory depends on how busy the machine is. */
const SURE = 2;

/** @typedef {{ readonly ms: number, readonly resident: number, readonly live: number, readonly native: number }} Sample in MiB */

export class MemoryWatch {
  #child;
  #milliseconds;
  #started = performance.now();
  #stop = new AbortController();
  /** @type {Sample[]} */
  #samples = [];
  #peak = 0;
  /** @type {Promise<void> | undefined} */
  #sampling;
  #peakTimer;

  /** @param {import('node:child_process').ChildProcess} child @param {number} milliseconds of the whole run */
  constructor(child, milliseconds) {
    this.#child = child;
    this.#milliseconds = milliseconds;
    this.#peakTimer = setInterval(() => this.#look(), Math.min(PEAK_MS, milliseconds / 60));
    this.#sampling = this.#sample();
  }

  /** Resolves when the last sample is there. */
  async stop() {
    clearInterval(this.#peakTimer);
    this.#stop.abort();
    await this.#sampling;
  }

  result() {
    return { ...growthOf(this.#samples, this.#milliseconds), peak: this.#peak, samples: this.#samples };
  }

  async #sample() {
    while (!this.#stop.signal.aborted) {
      const measured = await measure(this.#child);
      if (!measured) return;
      const { resident, live, native } = measured;
      const mib = { resident: resident / MIB, live: live / MIB, native: native / MIB };
      this.#samples.push({ ms: performance.now() - this.#started, ...mib });
      await sleep(SAMPLE_MS, undefined, { signal: this.#stop.signal }).catch(() => {});
    }
  }

  #look() {
    this.#peak = Math.max(this.#peak, residentOf(this.#child.pid ?? 0));
  }
}

/**
 * In MiB, and MiB a minute with its error; the slopes are null when the run was too short to have some.
 * @param {readonly Sample[]} samples @param {number} milliseconds of the whole run
 */
export function growthOf(samples, milliseconds) {
  const warmUp = Math.max(WARM_UP.leastMs, milliseconds * WARM_UP.share);
  const warm = samples.filter(({ ms }) => ms >= warmUp);
  const isLong = milliseconds >= FLAT_FROM_MS && warm.length > 2;
  const slope = (/** @type {'live' | 'native'} */ key) =>
    isLong ? slopeOf(warm.map((sample) => ({ x: sample.ms / 60_000, y: sample[key] }))) : null;
  const shown = (/** @type {Sample | undefined} */ sample) =>
    sample ? { resident: sample.resident, live: sample.live, native: sample.native } : null;
  return {
    start: shown(samples[0]),
    warm: shown(warm[0]),
    end: shown(samples.at(-1)),
    slope: { live: slope('live'), native: slope('native') },
  };
}

/** @param {Pick<ReturnType<typeof growthOf>, 'slope'>} memory */
export function memoryFaults({ slope }) {
  return Object.entries(FLAT).flatMap(([key, most]) => {
    const grown = slope[/** @type {keyof typeof FLAT} */ (key)];
    if (grown === null || grown.slope - SURE * grown.error <= most) return [];
    return [
      `${key} memory grows by ${grown.slope.toFixed(2)} ± ${grown.error.toFixed(2)} MiB a minute, more than ${most}`,
    ];
  });
}
