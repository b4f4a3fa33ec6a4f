/** @file PReLU: a slope below 0 that is learnt. */
import type { LayerConfigs } from '../../contracts/index.ts';
import { axisNumbers, optional } from './arguments.ts';
import type { LayerRule, LayerShape } from './rule.ts';
import { weightArguments } from './weight-arguments.ts';

export const preluLayer: LayerRule<'PReLU'> = {
  inputs: 1,
  channelMajor: 'keeps',
  arguments: { sharedAxes: optional(axisNumbers), ...weightArguments('alpha') },
  outputShape: ([input], { sharedAxes = [] }) => {
    const missing = sharedAxes.find((axis) => axis > input.length);
    return missing === undefined ? input : `something with an axis ${missing}`;
  },
  parameters: ([input], config) => {
    const shape = alphaShape(input, config);
    return [{ name: 'alpha', shape, initializer: 'zeros', ...fansOf(shape) }];
  },
  forward: ({ builder, parameter }, [x]) => {
    const below = builder.scale(builder.apply('relu', [builder.scale(x, -1)], {}), -1);
    return builder.add(builder.apply('relu', [x], {}), builder.multiply(parameter('alpha'), below));
  },
};

/** As Keras counts them, from the last two axes `[…, w, c]`; what comes before multiplies both. */
function fansOf(shape: LayerShape): { readonly fanIn: number; readonly fanOut: number } {
  const [channels, height = 1, width = channels] = shape;
  return { fanIn: height * width, fanOut: height * channels };
}

/** In the order of the graph: `[channels, height, width]` for pictures. */
function alphaShape(input: LayerShape, { sharedAxes = [] }: LayerConfigs['PReLU']): LayerShape {
  const shape = input.map((size, position) => (sharedAxes.includes(position + 1) ? 1 : size));
  return shape.length === 3 ? [shape[2], shape[0], shape[1]] : shape;
}
