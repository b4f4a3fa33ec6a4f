/** @file The curves of schedules. */
import type { ScheduleSpec } from '../../contracts/index.ts';

/** Half a cosine from one rate to the other. @param share of the way, 0..1 */
export function cosineBetween(from: number, to: number, share: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2;
}

/** Up to `peak` and down again; the peak is at step `peakAt * total - 1`, the end at the last step. */
export function oneCycle(
  schedule: Extract<ScheduleSpec, { kind: 'oneCycle' }>,
  peak: number,
  step: number,
  total: number,
): number {
  const { peakAt = 0.3, startFactor = 25, endFactor = 1e4 } = schedule;
  const start = peak / startFactor;
  const top = peakAt * total - 1;
  // Of a run of few steps nothing may be left for one of the two ways.
  if (top > 0 && step <= top) return cosineBetween(start, peak, step / top);
  return cosineBetween(peak, start / endFactor, Math.min(1, (step - top) / Math.max(1, total - 1 - top)));
}
