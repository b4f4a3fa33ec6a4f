/**
 * @file Which parts of the flat vector of parameters are updated with which scalars, and the norms that clipping needs.
 *
 * The update is element-wise over a vector of any length, and its scalars hold for all of it. Where decay, or the norm that
 * clips, changes from one parameter to the next, a new range begins: the caller runs the update for each range.
 */
import type { ClipSpec, OptimizerSpec } from '../../contracts/index.ts';

/** Keras' default of AdamW; the others do not decay unless they are asked to. */
const ADAMW_DECAY = 0.004;

/** Where a parameter lies in the flat vector, in elements. */
export interface ParameterPlace {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

export interface UpdateRange {
  /** First element and end. */
  readonly start: number;
  readonly end: number;
  /** The scalar `weightDecay` of these elements. */
  readonly weightDecay: number;
  /** Which norm gives the scalar `gradientScale` of these elements; null when there is no such scalar. */
  readonly norm: number | null;
}

export interface UpdateRanges {
  /** In the order of the elements. What lies between them is not updated. */
  readonly ranges: readonly UpdateRange[];
  /** How many norms there are: 0, 1, or one for each parameter. */
  readonly norms: number;
}

/** Decay of an optimizer's parameters that are not excluded from it. */
export function weightDecayOf({ kind, weightDecay }: OptimizerSpec): number {
  return weightDecay ?? (kind === 'adamw' ? ADAMW_DECAY : 0);
}

/** Decay of one parameter. Vectors whose parameters are ordered by it have the fewest ranges. */
export function parameterDecay(optimizer: OptimizerSpec, name: string): number {
  const { excludeFromDecay = [] } = optimizer;
  return excludeFromDecay.includes(name.split('/').at(-1) ?? name) ? 0 : weightDecayOf(optimizer);
}

/** @param parameters those that are trained, in the order of their offsets */
export function updateRanges(optimizer: OptimizerSpec, parameters: readonly ParameterPlace[]): UpdateRanges {
  const { clip } = optimizer;
  const ranges: UpdateRange[] = [];
  for (const [index, { name, offset, size }] of parameters.entries()) {
    const weightDecay = parameterDecay(optimizer, name);
    const norm = normOf(clip, index);
    const last = ranges.at(-1);
    if (last && last.end === offset && last.weightDecay === weightDecay && last.norm === norm) {
      ranges[ranges.length - 1] = { ...last, end: offset + size };
    } else {
      ranges.push({ start: offset, end: offset + size, weightDecay, norm });
    }
  }
  return { ranges, norms: Math.max(0, ...ranges.map(({ norm }) => (norm === null ? 0 : norm + 1))) };
}

function normOf(clip: ClipSpec | undefined, index: number): number | null {
  if (clip?.kind === 'norm') return index;
  return clip?.kind === 'globalNorm' ? 0 : null;
}

/**
 * Part of a squared norm: the sum, in float64 and in the order of the elements, of the squares of the gradient, which is
 * summed over the replicas in float32 as the update does it.
 *
 * @param gradients one flat vector for each replica
 */
export function sumOfSquares(gradients: readonly Float32Array[], start: number, end: number): number {
  let total = 0;
  const [first, ...others] = gradients;
  for (let i = start; i < end; i++) {
    let gradient = first[i];
    for (const other of others) gradient = Math.fround(gradient + other[i]);
    total += gradient * gradient;
  }
  return total;
}

/**
 * The scalar `gradientScale` that brings a gradient down to the limit.
 * @param squares the norm, squared; what is not finite gives what is no number, so that training stops
 */
export function clipScale({ limit }: ClipSpec, squares: number): number {
  const norm = Math.sqrt(squares);
  return Number.isFinite(norm) ? limit / Math.max(norm, limit) : Number.NaN;
}
