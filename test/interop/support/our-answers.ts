/** @file What Pictor's own graph answers, for comparison with exported models. */
import { type NetworkSpec, RandomGenerator, type WeightTensor } from '../../../src/contracts/index.ts';
import { compileInference, describeNetwork, initialWeights } from '../../../src/nn/index.ts';
import { openSession } from '../../../src/runtime/index.ts';

/** Drawn as for a training, but none is left at 0 or 1: biases and statistics take part. */
export function someWeights(network: NetworkSpec, seed: number): Map<string, WeightTensor> {
  const random = new RandomGenerator(seed, 'interop');
  const weights = initialWeights(network, seed);
  for (const { name } of describeNetwork(network).parameters) {
    const { shape, data } = weights.get(name) as WeightTensor;
    weights.set(name, { shape, data: data.map((value) => value + 0.1 * (random.nextFloat() - 0.5)) });
  }
  return weights;
}

/** Noise 0..255. */
export function somePixels(
  { input: { height, width, channels } }: NetworkSpec,
  count: number,
  seed: number,
): WeightTensor {
  const random = new RandomGenerator(seed, 'pixels');
  const shape = [count, height, width, channels];
  const size = shape.reduce((product, side) => product * side, 1);
  return { shape, data: Float32Array.from({ length: size }, () => random.nextInteger(256)) };
}

/** Outputs of the graph, by name. @param served layers whose results are outputs, too: `layer:NAME` */
export async function ourAnswers(
  network: NetworkSpec,
  weights: ReadonlyMap<string, WeightTensor>,
  pixels: WeightTensor,
  served: readonly string[] = [],
): Promise<Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>>> {
  const session = await openSession(compileInference(network, weights, served));
  try {
    const { shape, data } = pixels;
    const outputs = await session.run({ input_tensor: { type: 'float32', shape, data } });
    return outputs as Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;
  } finally {
    await session.close();
  }
}

/** The largest difference, as a share of 1 or of the number itself where that is larger; infinite where shapes differ. */
export function distance(
  ours: { readonly shape: readonly number[]; readonly data: ArrayLike<number> },
  theirs: { readonly shape: readonly number[]; readonly values: readonly (number | string)[] },
): number {
  if (ours.shape.join() !== theirs.shape.join()) return Number.POSITIVE_INFINITY;
  return theirs.values.reduce<number>((most, value, index) => {
    const own = ours.data[index];
    const apart = Math.abs(own - Number(value)) / Math.max(1, Math.abs(own));
    return Number.isNaN(apart) ? Number.POSITIVE_INFINITY : Math.max(most, apart);
  }, 0);
}
