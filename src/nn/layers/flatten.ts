/** @file Flatten: `[height, width, channels]` → `[channels * height * width]`, in channel-major order. */
import { elementCount } from '../graph/graph.ts';
import { type LayerRule, NO_PARAMETERS } from './rule.ts';

export const flattenLayer: LayerRule<'Flatten'> = {
  inputs: 1,
  channelMajor: 'keeps',
  arguments: {},
  outputShape: ([input]) => [input.reduce((count, dimension) => count * dimension, 1)],
  parameters: NO_PARAMETERS,
  forward: ({ builder }, [x]) => builder.reshape(x, [x.shape[0], elementCount(x.shape.slice(1))]),
};
