/** @file How numbers are spread, in equal buckets. */

export interface Histogram {
  readonly min: number;
  readonly max: number;
  readonly num: number;
  readonly sum: number;
  readonly sumSquares: number;
  /** Upper bounds, ascending. */
  readonly bucketLimit: number[];
  readonly bucket: number[];
}

const BUCKETS = 30;

/** What is no finite number is left out; null when nothing is left. */
export function histogramOf(values: ArrayLike<number>): Histogram | null {
  let min = Infinity;
  let max = -Infinity;
  let num = 0;
  let sum = 0;
  let sumSquares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isFinite(value)) continue;
    num++;
    sum += value;
    sumSquares += value * value;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  if (num === 0) return null;
  const width = (max - min) / BUCKETS;
  if (width === 0) {
    // A bucket needs a width: TensorBoard's own has 1.
    return { min, max, num, sum, sumSquares, bucketLimit: [min - 0.5, max + 0.5], bucket: [0, num] };
  }
  const bucket = new Array<number>(BUCKETS).fill(0);
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) bucket[Math.min(BUCKETS - 1, Math.floor((values[i] - min) / width))]++;
  }
  const bucketLimit = bucket.map((_, i) => (i === BUCKETS - 1 ? max : min + (i + 1) * width));
  return { min, max, num, sum, sumSquares, bucketLimit, bucket };
}
