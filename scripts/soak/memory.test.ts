import { describe, expect, it } from 'vitest';
import { RandomGenerator } from '../../src/contracts/index.ts';
import { growthOf, memoryFaults, type Sample } from './memory.js';

const MINUTE = 60_000;

/** Of a run of 10 minutes: it warms up, then what `more` adds, in noise of 1 MiB. */
function run(more: (minutes: number) => { live?: number; native?: number }): Sample[] {
  const random = new RandomGenerator(1);
  return Array.from({ length: 60 }, (_, index) => {
    const ms = index * 10_000;
    const minutes = ms / MINUTE;
    const warming = -40 * Math.exp(-minutes * 3);
    const { live = 0, native = 0 } = more(minutes);
    const noise = () => random.nextFloat() - 0.5;
    return {
      ms,
      live: 70 + warming + live + noise(),
      native: 120 + native + noise(),
      resident: 250 + warming + 40 * Math.sin(ms),
    };
  });
}

const faultsOf = (samples: readonly Sample[], minutes = 10) => memoryFaults(growthOf(samples, minutes * MINUTE));

describe('memory of a soak', () => {
  it('is flat when all of the growth is that of the warm-up', () => {
    const samples = run(() => ({}));
    expect(faultsOf(samples)).toEqual([]);
    const { start, warm, end } = growthOf(samples, 10 * MINUTE);
    const shown = [0, 12, 59].map((at) => samples[at]).map(({ ms: _, ...sample }) => sample);
    expect([start, warm, end]).toEqual(shown);
  });

  it('is not flat when each version leaves 20 KiB behind, one every 5 s', () => {
    const left = (minutes: number) => (minutes * 12 * 20) / 1024;
    expect(faultsOf(run((minutes) => ({ live: left(minutes) })))).toEqual([
      expect.stringMatching(/^live memory grows by 0\.2\d ± 0\.0\d MiB a minute, more than 0\.1$/),
    ]);
  });

  it('is not flat when something outside of the heap grows', () => {
    expect(faultsOf(run((minutes) => ({ native: 3 * minutes })))).toEqual([
      expect.stringMatching(/^native memory grows by (2\.9|3\.0)\d/),
    ]);
  });

  it('is flat when a burst of requests raises it once', () => {
    expect(faultsOf(run((minutes) => ({ native: minutes < 7 ? 0 : 7 })))).toEqual([]);
  });

  it('is not judged where it goes up and down by more than it grows, nor in runs of a few minutes', () => {
    expect(faultsOf(run((minutes) => ({ live: 10 * Math.sin(minutes * 40) })))).toEqual([]);
    expect(faultsOf(run((minutes) => ({ live: minutes })).slice(0, 24), 4)).toEqual([]);
  });
});
