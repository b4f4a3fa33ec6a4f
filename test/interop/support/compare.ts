/** @file How far two computations of a step are apart. */
import type { OptimizerSpec, WeightTensor } from '../../../src/contracts/index.ts';

export interface Tolerances {
  /** Of the loss, as a share of it. */
  readonly loss: number;
  /** Of logits and gradients, as a share of the tensor's largest number. */
  readonly tensor: number;
  /** Of weights after the step, absolute, or as a share of the tensor's largest number if that is above 1. */
  readonly weight: number;
}

export const TOLERANCES: Tolerances = { loss: 1e-5, tensor: 1e-4, weight: 1e-4 };

/**
 * Below this share of the tensor's largest gradient, float32 does not know a gradient: not even its sign, where the true one is
 * 0, as by a bias before a normalisation. Optimizers that divide by its size make a whole step of it, in either direction.
 */
const UNKNOWN_GRADIENT = 1e-5;

export interface Comparison {
  /** How far such a step goes; 0 for optimizers whose step is as small as the gradient. */
  readonly unknownStep: number;
  readonly tolerances?: Tolerances;
}

/** Every difference beyond the tolerances, in words; both must have the same tensors. */
export function differences(
  ours: ReadonlyMap<string, WeightTensor>,
  keras: ReadonlyMap<string, WeightTensor>,
  { unknownStep, tolerances = TOLERANCES }: Comparison,
): string[] {
  const names = [...new Set([...keras.keys(), ...ours.keys()])];
  return names.flatMap((name) => {
    const [own, other] = [ours.get(name), keras.get(name)];
    if (!own || !other) return [`${name}: only ${own ? 'Pictor' : 'Keras'} has it`];
    if (own.shape.join() !== other.shape.join()) return [`${name}: shapes [${own.shape}] and [${other.shape}]`];
    const largest = largestOf(other.data);
    const allowed = allowance(name, largest, tolerances);
    const gradient = keras.get(name.replace('after:', 'grad:'))?.data;
    const unknown = name.startsWith('after:') && gradient ? UNKNOWN_GRADIENT * largestOf(gradient) : 0;
    const apart = own.data.map((value, index) => {
      const distance = Math.abs(value - other.data[index]);
      return gradient && Math.abs(gradient[index]) < unknown ? Math.max(0, distance - unknownStep) : distance;
    });
    const farthest = largestOf(apart);
    return farthest <= allowed ? [] : [`${name}: ${farthest} apart, ${allowed} allowed, largest number ${largest}`];
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
