/** @file Normalisation in float64, as the definitions have it. */
import type { NormalizationOp, NormalizeAttributes } from '../graph/ops.ts';
import { type Array64, array64, countOf, type ReferenceRules } from './array64.ts';
import { sourceIndex } from './reference-elementwise.ts';

/** Indices of every channel's elements. */
function channelIndices({ shape }: Array64): number[][] {
  const inner = countOf(shape.slice(2));
  const indices: number[][] = Array.from({ length: shape[1] }, () => []);
  for (let index = 0; index < countOf(shape); index++) indices[Math.floor(index / inner) % shape[1]].push(index);
  return indices;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function statistics(x: Array64): { readonly indices: number[]; readonly mean: number; readonly variance: number }[] {
  return channelIndices(x).map((indices) => {
    const mean = meanOf(indices.map((index) => x.data[index]));
    const variance = meanOf(indices.map((index) => (x.data[index] - mean) ** 2));
    return { indices, mean, variance };
  });
}

function normalized(x: Array64, epsilon: number): Float64Array {
  const data = new Float64Array(x.data.length);
  for (const { indices, mean, variance } of statistics(x)) {
    for (const index of indices) data[index] = (x.data[index] - mean) / Math.sqrt(variance + epsilon);
  }
  return data;
}

interface Run {
  readonly indices: readonly number[];
  readonly spread: number;
}

/** Normalises every run of elements that differ in `axes` only. */
function normalizedRuns(
  x: Array64,
  { axes, epsilon }: NormalizeAttributes,
): { readonly data: Float64Array; readonly runs: readonly Run[] } {
  const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const groups: number[][] = Array.from({ length: countOf(kept) }, () => []);
  for (let index = 0; index < x.data.length; index++) groups[sourceIndex(index, x.shape, kept)].push(index);
  const data = new Float64Array(x.data.length);
  const runs = groups.map((indices) => {
    const mean = meanOf(indices.map((index) => x.data[index]));
    const spread = Math.sqrt(meanOf(indices.map((index) => (x.data[index] - mean) ** 2)) + epsilon);
    for (const index of indices) data[index] = (x.data[index] - mean) / spread;
    return { indices, spread };
  });
  return { data, runs };
}

export const NORMALIZATION_REFERENCE: ReferenceRules<NormalizationOp> = {
  batchMean: ([x]) =>
    array64(
      [x.shape[1]],
      statistics(x).map(({ mean }) => mean),
    ),
  batchVariance: ([x]) =>
    array64(
      [x.shape[1]],
      statistics(x).map(({ variance }) => variance),
    ),
  batchNorm: ([x, gamma, beta], { epsilon }) => {
    const data = normalized(x, epsilon);
    channelIndices(x).forEach((indices, channel) => {
      for (const index of indices) data[index] = data[index] * gamma.data[channel] + beta.data[channel];
    });
    return array64(x.shape, data);
  },
  batchNormScaleGradient: ([x, gradient], { epsilon }) => {
    const data = normalized(x, epsilon);
    return array64(
      [x.shape[1]],
      channelIndices(x).map((indices) => indices.reduce((sum, index) => sum + gradient.data[index] * data[index], 0)),
    );
  },
  // The Jacobian of a channel: gamma / s * (δ_ij - 1 / n - x̂_i x̂_j / n), with the sums over j given.
  batchNormInputGradient: ([x, gamma, gradient, byGamma, byBeta], { epsilon }) => {
    const unit = normalized(x, epsilon);
    const data = new Float64Array(x.data.length);
    statistics(x).forEach(({ indices, variance }, channel) => {
      for (const index of indices) {
        const shared = (byBeta.data[channel] + unit[index] * byGamma.data[channel]) / indices.length;
        data[index] = (gamma.data[channel] / Math.sqrt(variance + epsilon)) * (gradient.data[index] - shared);
      }
    });
    return array64(x.shape, data);
  },
  normalize: ([x], attributes) => array64(x.shape, normalizedRuns(x, attributes).data),
  // The Jacobian of a run: (δ_ij - 1 / n - y_i y_j / n) / s.
  normalizeGradient: ([x, gradient], attributes) => {
    const { data: y, runs } = normalizedRuns(x, attributes);
    const data = new Float64Array(x.data.length);
    for (const { indices, spread } of runs) {
      for (const i of indices) {
        for (const j of indices) {
          data[i] += (gradient.data[j] * ((i === j ? 1 : 0) - (1 + y[i] * y[j]) / indices.length)) / spread;
        }
      }
    }
    return array64(x.shape, data);
  },
  batchNormInference: ([x, gamma, beta, mean, variance], { epsilon }) => {
    const data = new Float64Array(x.data.length);
    channelIndices(x).forEach((indices, channel) => {
      const scale = gamma.data[channel] / Math.sqrt(variance.data[channel] + epsilon);
      for (const index of indices) data[index] = (x.data[index] - mean.data[channel]) * scale + beta.data[channel];
    });
    return array64(x.shape, data);
  },
};
