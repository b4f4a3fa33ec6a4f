/** @file A training step to be computed twice: a network, first weights, one batch. */
import {
  type LossSpec,
  type NetworkSpec,
  type OptimizerSpec,
  RandomGenerator,
  type WeightTensor,
} from '../../../src/contracts/index.ts';
import { compileGradients, describeNetwork, type GradientsModel, initialWeights } from '../../../src/nn/index.ts';

export interface StepCase {
  readonly name: string;
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  /** Default: that of the network's end. */
  readonly loss?: LossSpec;
  readonly batchSize: number;
  readonly gradients: GradientsModel;
  /** `images`, `labels` (all as float32), every weight and every mask, by name. */
  readonly inputs: ReadonlyMap<string, WeightTensor>;
}

export interface StepOptions {
  readonly name: string;
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  /** Default: that of the network's end. */
  readonly loss?: LossSpec;
  readonly batchSize: number;
  readonly classes: number;
  readonly seed: number;
  /** How weights of normalisations are: as at the start of a training, or as somewhere in it. Default `fresh`. */
  readonly normalizations?: 'fresh' | 'used';
}

/** Weights of BatchNormalization. */
const NORMALIZATION: ReadonlySet<string> = new Set(['gamma', 'beta', 'movingMean', 'movingVariance']);

/** Weights are drawn as for a training, but none is left at 0: biases and statistics take part. */
export function stepCase({
  name,
  network,
  optimizer,
  loss,
  batchSize,
  classes,
  seed,
  normalizations = 'fresh',
}: StepOptions): StepCase {
  const random = new RandomGenerator(seed, 'interop');
  const gradients = compileGradients(network, { batchSize, ...(loss ? { loss } : {}) });
  const inputs = new Map<string, WeightTensor>();
  inputs.set('images', images(network, batchSize, random));
  inputs.set('labels', {
    shape: [batchSize],
    data: Float32Array.from({ length: batchSize }, () => random.nextInteger(classes)),
  });
  const weights = initialWeights(network, seed);
  for (const { name: weight } of describeNetwork(network).parameters) {
    const { shape, data } = weights.get(weight)!;
    const parameter = weight.slice(weight.lastIndexOf('/') + 1);
    const width = normalizations === 'used' && NORMALIZATION.has(parameter) ? 1 : 0.05;
    inputs.set(weight, { shape, data: data.map((value) => value + width * (random.nextFloat() - 0.5)) });
  }
  for (const { name: mask, shape, rate } of gradients.masks) {
    const data = new Float32Array(countOf(shape));
    random.fillDropoutMask(data, rate);
    inputs.set(mask, { shape, data });
  }
  return { name, network, optimizer, ...(loss ? { loss } : {}), batchSize, gradients, inputs };
}

/** The first picture is black, the second has two grey levels and a black half, so that pools meet ties; then noise. */
function images({ input: { height, width, channels } }: NetworkSpec, batchSize: number, random: RandomGenerator) {
  const size = height * width * channels;
  const data = Float32Array.from({ length: batchSize * size }, () => random.nextInteger(256));
  for (let index = 0; index < Math.min(2, batchSize) * size; index++) {
    const column = Math.floor(index / channels) % width;
    const grey = data[index] < 128 ? 64 : 192;
    data[index] = index < size || column < width / 2 ? 0 : grey;
  }
  return { shape: [batchSize, height, width, channels], data };
}

export function countOf(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1);
}
