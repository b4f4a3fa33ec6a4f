/** @file A replica's memory: its views of what is shared, and the private copies that the runtime can read. */
import { GRADIENT_PREFIX } from '../nn/index.ts';
import type { Tensor } from '../runtime/index.ts';
import { type ParameterSlice, type ReplicaSetup, shardOf } from './replica.ts';

export type NamedTensors = Readonly<Record<string, Tensor>>;

export class ReplicaMemory {
  /** Rows of all replicas, in their order. */
  readonly sharedGradients: readonly Float32Array[];
  readonly sharedNorms: readonly Float64Array[];
  readonly sharedStates: readonly Float64Array[];
  readonly sharedParameters: Float32Array;
  readonly order: Int32Array;
  /** Private copies: the runtime cannot read shared memory. */
  readonly parameters: Float32Array;
  readonly gradients: Float32Array;
  /** Of this replica's shard. */
  readonly slots: readonly Float32Array[];
  readonly shard: readonly [start: number, end: number];
  /** Parts of `parameters` and of `gradients`, by their names in the gradients graph. */
  readonly parameterTensors: NamedTensors;
  readonly gradientTensors: NamedTensors;

  constructor({ shared, layout, replicas, index, slots }: ReplicaSetup) {
    const { slices, total, trainable, state } = layout;
    const rows = <Row>(row: (replica: number) => Row): Row[] => Array.from({ length: replicas }, (_, i) => row(i));
    this.sharedGradients = rows((i) => new Float32Array(shared.gradients, i * trainable * 4, trainable));
    this.sharedNorms = rows((i) => new Float64Array(shared.norms, i * slices.length * 8, slices.length));
    this.sharedStates = rows((i) => new Float64Array(shared.states, i * (total - state) * 8, total - state));
    this.sharedParameters = new Float32Array(shared.parameters);
    this.order = new Int32Array(shared.order);
    this.parameters = Float32Array.from(this.sharedParameters);
    this.gradients = new Float32Array(trainable);
    this.shard = shardOf(index, replicas, trainable);
    const [start, end] = this.shard;
    this.slots = slots.map(({ initial }) => new Float32Array(end - start).fill(initial));
    this.parameterTensors = tensorsIn(this.parameters, slices);
    this.gradientTensors = gradientTensorsIn(this.gradients, slices);
  }
}

/** The gradients graph's outputs as parts of one vector. */
export function gradientTensorsIn(gradients: Float32Array, slices: readonly ParameterSlice[]): NamedTensors {
  const trained = slices.filter(({ offset }) => offset < gradients.length);
  return tensorsIn(gradients, trained, GRADIENT_PREFIX);
}

/** @param start place of the vector's first element in the flat vector of all parameters */
export function tensorsIn(
  vector: Float32Array,
  slices: readonly ParameterSlice[],
  prefix = '',
  start = 0,
): NamedTensors {
  const entries = slices.map(({ name, shape, offset, size }): [string, Tensor] => [
    prefix + name,
    { type: 'float32', shape, data: vector.subarray(offset - start, offset - start + size) },
  ]);
  return Object.fromEntries(entries);
}

export function scalar(value: number): Tensor {
  return { type: 'float32', shape: [], data: Float32Array.of(value) };
}

export function vector(data: Float32Array): Tensor {
  return { type: 'float32', shape: [data.length], data };
}
