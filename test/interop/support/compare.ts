/** @file How far two computations of a step are apart. */
import type { WeightTensor } from '../../../src/contracts/index.ts';

export interface Tolerances {
  /** Of the loss, as a share of it. */
  readonly loss: number;
  /** Of logits and gradients, as a share of the tensor's largest number. */
  readonly tensor: number;
  /** Of weights after the step, absolute, or as a share of the tensor's largest number if that is above 1. */
  readonly weight: number;
}

export const TOLERANCES: Tolerances = { loss: 1e-5, tensor: 1e-4, weight: 1e-4 };

/** Every difference beyond the tolerances, in words; both must have the same tensors. */
export function differences(
  ours: ReadonlyMap<string, WeightTensor>,
  keras: ReadonlyMap<string, WeightTensor>,
  tolerances: Tolerances = TOLERANCES,
): string[] {
  const names = [...new Set([...keras.keys(), ...ours.keys()])];
  return names.flatMap((name) => {
    const [own, other] = [ours.get(name), keras.get(name)];
    if (!own || !other) return [`${name}: only ${own ? 'Pictor' : 'Keras'} has it`];
    if (own.shape.join() !== other.shape.join()) return [`${name}: shapes [${own.shape}] and [${other.shape}]`];
    const largest = largestOf(other.data);
    const apart = largestOf(own.data.map((value, index) => value - other.data[index]));
    const allowed = allowance(name, largest, tolerances);
    return apart <= allowed ? [] : [`${name}: ${apart} apart, ${allowed} allowed, largest number ${largest}`];
  });
}

function allowance(name: string, largest: number, { loss, tensor, weight }: Tolerances): number {
  if (name === 'loss') return loss * largest;
  if (name.startsWith('after:')) return weight * Math.max(1, largest);
  // What is all but 0 in both is noise, such as the gradient of a bias before a BatchNormalization.
  return Math.max(tensor * largest, 1e-6);
}

/** Not a number where one of them is not. */
function largestOf(values: Float32Array): number {
  let largest = 0;
  for (const value of values) if (!(Math.abs(value) <= largest)) largest = Math.abs(value);
  return largest;
}
