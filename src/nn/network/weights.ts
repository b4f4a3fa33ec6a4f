/** @file First weights of a network, drawn as Keras' initialisers draw them. */
import { type NetworkSpec, RandomGenerator, type WeightTensor } from '../../contracts/index.ts';
import { describeNetwork } from './describe.ts';
import { initialize } from './initializers.ts';

/**
 * Weights by parameter name, in the order of the graph. Every parameter has its own stream of random numbers,
 * so a change of one layer does not change the first weights of another.
 * @throws `network_invalid`
 */
export function initialWeights(spec: NetworkSpec, seed: number): Map<string, WeightTensor> {
  return new Map(
    describeNetwork(spec).parameters.map((parameter) => {
      const data = new Float32Array(parameter.shape.reduce((count, dimension) => count * dimension, 1));
      initialize(data, parameter, new RandomGenerator(seed, `weights/${parameter.name}`));
      return [parameter.name, { shape: parameter.shape, data }];
    }),
  );
}
