/** @file How far two computations of a step are apart. */
import type { OptimizerSpec, WeightTensor } from '../../../src/contracts/index.ts';

export type Results = ReadonlyMap<string, WeightTensor>;

export interface Tolerances {
  /** Of the loss, as a share of it. */
  readonly loss: number;
  /** Of logits and gradients, as a share of the tensor's largest number. */
  readonly tensor: number;
  /** Of weights after the step, absolute, or as a share of the tensor's largest number if that is above 1. */
  readonly weight: number;
}

export const TOLERANCES: Tolerances = { loss: 1e-5, tensor: 1e-4, weight: 1e-4 };

export interface Comparison {
  /**
   * Where a gradient is 0 but for rounding, as by a bias before a normalisation, not even its sign is known. Optimizers that
   * divide by its size make a whole step of it, in either direction. How far such a step goes; 0 for optimizers whose step
   * is as small as the gradient.
   */
  readonly unknownStep: number;
  /** The same in float32 by somebody else, when `expected` is exact: twice its distance is allowed, if that is more. */
  readonly yardstick?: Results;
  readonly tolerances?: Tolerances;
}

/** Every difference beyond the tolerances, in words; both must have the same tensors. */
export function differences(
  ours: Results,
  expected: Results,
  { unknownStep, yardstick, tolerances = TOLERANCES }: Comparison,
): string[] {
  const allowed = (name: string): number => {
    const base = allowance(name, largestOf(expected.get(name)!.data), tolerances);
    return yardstick ? Math.max(base, 2 * farthest(name, yardstick)) : base;
  };
  const farthest = (name: string, results: Results): number => {
    const [own, other] = [results.get(name)!.data, expected.get(name)!.data];
    const gradientName = name.replace('after:', 'grad:');
    const gradient = name.startsWith('after:') && unknownStep > 0 ? expected.get(gradientName)?.data : undefined;
    // Beyond twice that, both have the same sign and nearly the same size.
    const unknown = gradient ? 2 * allowed(gradientName) : 0;
    return largestOf(
      own.map((value, index) => {
        const distance = Math.abs(value - other[index]);
        return gradient && Math.abs(gradient[index]) < unknown ? Math.max(0, distance - unknownStep) : distance;
      }),
    );
  };
  return [...new Set([...expected.keys(), ...ours.keys()])].flatMap((name) => {
    const [own, other] = [ours.get(name), expected.get(name)];
    if (!own || !other) return [`${name}: only ${own ? 'Pictor' : 'Keras'} has it`];
    if (own.shape.join() !== other.shape.join()) return [`${name}: shapes [${own.shape}] and [${other.shape}]`];
    const [apart, most] = [farthest(name, ours), allowed(name)];
    const largest = largestOf(other.data);
    return apart <= most ? [] : [`${name}: ${apart} apart, ${most} allowed, largest number ${largest}`];
  });
}

/** For a step of an optimizer: twice the rate, from one side of 0 to the other. */
export function unknownStepOf({ kind, learningRate }: OptimizerSpec): number {
  return kind === 'sgd' ? 0 : 2 * learningRate;
}

function allowance(name: string, largest: number, { loss, tensor, weight }: Tolerances): number {
  if (name === 'loss') return loss * largest;
  if (name.startsWith('after:')) return weight * Math.max(1, largest);
  // What is all but 0 in both is noise: the gradient by a bias before a normalisation, for one.
  return Math.max(tensor * largest, 1e-6);
}

/** Not a number where one of them is not. */
function largestOf(values: Float32Array): number {
  let largest = 0;
  for (const value of values) if (!(Math.abs(value) <= largest)) largest = Math.abs(value);
  return largest;
}
