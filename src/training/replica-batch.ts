/** @file The buffers of a step's inputs, used again for every step. */
import type { Tensor } from '../runtime/index.ts';
import type { ReplicaSetup } from './replica.ts';

export interface Batch {
  readonly images: Uint8Array;
  readonly labels: BigInt64Array;
  readonly sampleWeights: Float32Array;
  readonly masks: readonly Float32Array[];
  /** All of it and the parameters, as the graph's inputs. */
  readonly inputs: Readonly<Record<string, Tensor>>;
}

/** @param parameters the graph's other inputs */
export function allocateBatch(setup: ReplicaSetup, parameters: Readonly<Record<string, Tensor>>): Batch {
  const { imageShape, batchSize, replicas } = setup;
  const size = Math.ceil(batchSize / replicas);
  const images = new Uint8Array(size * product(imageShape));
  const labels = new BigInt64Array(size);
  const sampleWeights = new Float32Array(size);
  const masks = setup.masks.map(({ shape }) => new Float32Array(product(shape)));
  const inputs: Record<string, Tensor> = {
    images: { type: 'uint8', shape: [size, ...imageShape], data: images },
    labels: { type: 'int64', shape: [size], data: labels },
    sampleWeights: vector(sampleWeights),
    ...parameters,
  };
  setup.masks.forEach(({ name, shape }, i) => {
    inputs[name] = { type: 'float32', shape, data: masks[i] };
  });
  return { images, labels, sampleWeights, masks, inputs };
}

function product(shape: readonly number[]): number {
  return shape.reduce((total, side) => total * side, 1);
}

export function scalar(value: number): Tensor {
  return { type: 'float32', shape: [], data: Float32Array.of(value) };
}

export function vector(data: Float32Array): Tensor {
  return { type: 'float32', shape: [data.length], data };
}
