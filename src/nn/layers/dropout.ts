/** @file Dropout and SpatialDropout2D: multiply by a mask in training, do nothing otherwise. */
import { rateBelowOne, required } from './arguments.ts';
import { type LayerRule, NO_PARAMETERS } from './rule.ts';

export const dropoutLayer: LayerRule<'Dropout'> = {
  inputs: 1,
  channelMajor: 'keeps',
  arguments: { rate: required(rateBelowOne) },
  outputShape: ([input]) => input,
  parameters: NO_PARAMETERS,
  forward: ({ builder, dropoutMask }, [x], { rate }) => {
    const mask = rate === 0 ? null : dropoutMask(x.shape, rate);
    return mask ? builder.multiply(x, mask) : x;
  },
};

/** One number of the mask for each channel of each sample. */
export const spatialDropout2dLayer: LayerRule<'SpatialDropout2D'> = {
  inputs: 1,
  arguments: { rate: required(rateBelowOne) },
  outputShape: ([input]) => (input.length === 3 ? input : 'a picture [height, width, channels]'),
  parameters: NO_PARAMETERS,
  forward: ({ builder, dropoutMask }, [x], { rate }) => {
    const mask = rate === 0 ? null : dropoutMask([x.shape[0], x.shape[1], 1, 1], rate);
    return mask ? builder.multiply(x, mask) : x;
  },
};
