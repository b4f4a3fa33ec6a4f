/** @file Dropout: multiplies by a mask in training, does nothing otherwise. */
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
