/** @file Where parameters lie in one flat vector, and the memory that replicas share. */
import type { OptimizerSpec, WeightTensor } from '../contracts/index.ts';
import { elementCount, type ParameterInfo, parameterDecay } from '../nn/index.ts';
import { SharedBarrier } from '../runtime/index.ts';
import { FLAG, type ParameterLayout, type ParameterSlice, type SharedState } from './replica.ts';

export type Weights = ReadonlyMap<string, WeightTensor>;

/**
 * What the optimizer updates comes first, so that gradients, slots and shards are parts of one range; state comes last.
 * @param optimizer parameters that decay come first, so that the update has few ranges
 */
export function layOut(parameters: readonly ParameterInfo[], optimizer?: OptimizerSpec): ParameterLayout {
  let offset = 0;
  const place = ({ name, shape }: ParameterInfo): ParameterSlice => {
    const size = elementCount(shape);
    const slice = { name, shape, offset, size };
    offset += size;
    return slice;
  };
  const decay = ({ name }: ParameterInfo): number => (optimizer ? parameterDecay(optimizer, name) : 0);
  const trained = parameters
    .filter((parameter) => kindOf(parameter) === 'trained')
    .sort((a, b) => decay(b) - decay(a))
    .map(place);
  const trainable = offset;
  const frozen = parameters.filter((parameter) => kindOf(parameter) === 'frozen').map(place);
  const state = offset;
  const kept = parameters.filter((parameter) => kindOf(parameter) === 'state').map(place);
  return { slices: [...trained, ...frozen, ...kept], total: offset, trainable, state };
}

function kindOf(parameter: ParameterInfo) {
  if (parameter.state) return 'state';
  return parameter.trainable === false ? 'frozen' : 'trained';
}

/** Zeros. */
export function shareMemory(layout: ParameterLayout, replicas: number, images: number): SharedState {
  const { slices, total, trainable, state } = layout;
  return {
    barrier: new SharedArrayBuffer(SharedBarrier.bytes),
    flags: new SharedArrayBuffer(Object.keys(FLAG).length * 4),
    stepResults: new SharedArrayBuffer(replicas * 2 * 8),
    gradients: new SharedArrayBuffer(replicas * trainable * 4),
    norms: new SharedArrayBuffer(replicas * slices.length * 8),
    states: new SharedArrayBuffer(replicas * (total - state) * 8),
    parameters: new SharedArrayBuffer(total * 4),
    order: new SharedArrayBuffer(images * 4),
  };
}

/** Writes weights by name into the flat vector; every one must be there. */
export function flatten(flat: Float32Array, { slices }: ParameterLayout, weights: Weights): void {
  for (const { name, offset } of slices) flat.set(weights.get(name)!.data, offset);
}

/** Copies, in the layout's order. */
export function unflatten(flat: Float32Array, slices: readonly ParameterSlice[]): Map<string, WeightTensor> {
  return new Map(
    slices.map(({ name, shape, offset, size }) => [name, { shape, data: flat.slice(offset, offset + size) }]),
  );
}
