/** @file Rescaling: `x * scale + offset`. */
import { finiteNumber, optional, required } from './arguments.ts';
import { type LayerRule, NO_PARAMETERS } from './rule.ts';

export const rescalingLayer: LayerRule<'Rescaling'> = {
  inputs: 1,
  channelMajor: 'keeps',
  arguments: { scale: required(finiteNumber), offset: optional(finiteNumber) },
  outputShape: ([input]) => input,
  parameters: NO_PARAMETERS,
  forward: ({ builder }, [x], { scale, offset = 0 }) => {
    const scaled = builder.scale(x, scale);
    return offset === 0 ? scaled : builder.add(scaled, builder.constant(offset));
  },
};
