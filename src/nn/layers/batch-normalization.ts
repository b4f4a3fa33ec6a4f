/** @file BatchNormalization: every channel to mean `beta` and standard deviation `gamma`; keeps moving averages. */
import type { Value } from '../graph/graph.ts';
import { fixed } from '../graph/graph.ts';
import { flag, optional, positiveNumber, shareOfOne } from './arguments.ts';
import type { ForwardContext, LayerParameter, LayerRule } from './rule.ts';
import { initializerArgument, weightArguments } from './weight-arguments.ts';

const MOMENTUM = 0.99;
const EPSILON = 1e-3;

export const batchNormalizationLayer: LayerRule<'BatchNormalization'> = {
  inputs: 1,
  channelMajor: 'keeps',
  arguments: {
    momentum: optional(shareOfOne),
    epsilon: optional(positiveNumber),
    center: optional(flag),
    scale: optional(flag),
    ...weightArguments('gamma', 'beta'),
    movingMeanInitializer: initializerArgument,
    movingVarianceInitializer: initializerArgument,
  },
  outputShape: ([input]) =>
    input.length === 3 || input.length === 1 ? input : 'a picture [height, width, channels] or a row [n]',
  parameters: ([input], { center = true, scale = true }) => {
    const channels = input[input.length - 1];
    const vector = { shape: [channels], fanIn: channels, fanOut: channels };
    const parameters: LayerParameter[] = [];
    if (scale) parameters.push({ name: 'gamma', initializer: 'ones', ...vector });
    if (center) parameters.push({ name: 'beta', initializer: 'zeros', ...vector });
    parameters.push({ name: 'movingMean', initializer: 'zeros', state: true, ...vector });
    parameters.push({ name: 'movingVariance', initializer: 'ones', state: true, ...vector });
    return parameters;
  },
  forward: (context, [x], config) => {
    const { builder, parameter } = context;
    const { momentum = MOMENTUM, epsilon = EPSILON, center = true, scale = true } = config;
    const channels = fixed(x.shape, 1);
    const gamma = scale ? parameter('gamma') : builder.constant(new Float32Array(channels).fill(1), [channels]);
    const beta = center ? parameter('beta') : builder.constant(new Float32Array(channels), [channels]);
    if (!context.training) {
      const averages = [parameter('movingMean'), parameter('movingVariance')];
      return builder.apply('batchNormInference', [x, gamma, beta, ...averages], { epsilon });
    }
    track(context, 'movingMean', builder.apply('batchMean', [x], {}), momentum);
    track(context, 'movingVariance', builder.apply('batchVariance', [x], {}), momentum);
    return builder.apply('batchNorm', [x, gamma, beta], { epsilon });
  },
};

/** A moving average takes in what this batch has. */
function track({ builder, updateState }: ForwardContext, name: string, ofBatch: Value, momentum: number): void {
  updateState(name, (average) => builder.add(builder.scale(average, momentum), builder.scale(ofBatch, 1 - momentum)));
}
