/** @file PReLU: a slope below 0 that is learnt. */
import type { LayerConfigs } from '../../contracts/index.ts';
import { axisNumbers, optional } from './arguments.ts';
import type { LayerRule, LayerShape } from './rule.ts';

export const preluLayer: LayerRule<'PReLU'> = {
  inputs: 1,
  channelMajor: 'keeps',
  arguments: { sharedAxes: optional(axisNumbers) },
  outputShape: ([input], { sharedAxes = [] }) => {
    const missing = sharedAxes.find((axis) => axis > input.length);
    return missing === undefined ? input : `something with an axis ${missing}`;
  },
  parameters: ([input], config) => {
    const shape = alphaShape(input, config);
    return [{ name: 'alpha', shape, initializer: 'zeros', fanIn: 1, fanOut: 1 }];
  },
  forward: ({ builder, parameter }, [x]) => {
    const below = builder.scale(builder.apply('relu', [builder.scale(x, -1)], {}), -1);
    return builder.add(builder.apply('relu', [x], {}), builder.multiply(parameter('alpha'), below));
  },
};

/** In the order of the graph: `[channels, height, width]` for pictures. */
function alphaShape(input: LayerShape, { sharedAxes = [] }: LayerConfigs['PReLU']): LayerShape {
  const shape = input.map((size, position) => (sharedAxes.includes(position + 1) ? 1 : size));
  return shape.length === 3 ? [shape[2], shape[0], shape[1]] : shape;
}
