/** @file First weights of a network, drawn as Keras' initialisers draw them. */
import { type NetworkSpec, RandomGenerator, type WeightTensor } from '../../contracts/index.ts';
import type { Initializer } from '../layers/rule.ts';
import { describeNetwork, type ParameterInfo } from './describe.ts';

const FILL: {
  readonly [I in Initializer]: (data: Float32Array, parameter: ParameterInfo, random: RandomGenerator) => void;
} = {
  zeros: () => {},
  ones: (data) => {
    data.fill(1);
  },
  glorotUniform: (data, { fanIn, fanOut }, random) => {
    const limit = Math.sqrt(6 / (fanIn + fanOut));
    for (let i = 0; i < data.length; i++) data[i] = random.nextBetween(-limit, limit);
  },
};

/**
 * Weights by parameter name, in the order of the graph. Every parameter has its own stream of random numbers,
 * so a change of one layer does not change the first weights of another.
 * @throws `network_invalid`
 */
export function initialWeights(spec: NetworkSpec, seed: number): Map<string, WeightTensor> {
  return new Map(
    describeNetwork(spec).parameters.map((parameter) => {
      const data = new Float32Array(parameter.shape.reduce((count, dimension) => count * dimension, 1));
      FILL[parameter.initializer](data, parameter, new RandomGenerator(seed, `weights/${parameter.name}`));
      return [parameter.name, { shape: parameter.shape, data }];
    }),
  );
}
