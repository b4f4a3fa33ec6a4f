/** @file Layers that merge several inputs: Add, Subtract, Multiply, Average, Maximum, Concatenate. */
import type { LayerConfigs } from '../../contracts/index.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import { optional, wholeNumber } from './arguments.ts';
import { graphAxis } from './axes.ts';
import { type LayerRule, type LayerShape, type Misfit, NO_PARAMETERS } from './rule.ts';

type Merge = (builder: GraphBuilder, inputs: readonly Value[]) => Value;

const sum: Merge = (builder, inputs) => inputs.reduce((total, next) => builder.add(total, next));

export const addLayer = elementwise('oneOrMore', sum);

export const subtractLayer = elementwise(2, (builder, [a, b]) => builder.subtract(a, b));

export const multiplyLayer = elementwise('oneOrMore', (builder, inputs) =>
  inputs.reduce((product, next) => builder.multiply(product, next)),
);

export const averageLayer = elementwise('oneOrMore', (builder, inputs) =>
  builder.scale(sum(builder, inputs), 1 / inputs.length),
);

export const maximumLayer: LayerRule<'Maximum'> = {
  ...elementwise('oneOrMore', (builder, inputs) => builder.apply('maximum', inputs, {})),
  outputShape: (inputs) =>
    inputs.every((shape) => shape.join() === inputs[0].join())
      ? inputs[0]
      : { expected: 'inputs of one shape', fix: FIX },
};

export const concatenateLayer: LayerRule<'Concatenate'> = {
  inputs: 'oneOrMore',
  arguments: { axis: optional(wholeNumber) },
  outputShape: joined,
  parameters: NO_PARAMETERS,
  forward: ({ builder }, inputs, { axis = -1 }) => {
    if (inputs.length === 1) return inputs[0];
    const rank = inputs[0].shape.length - 1;
    return builder.apply('concatenate', inputs, { axis: graphAxis(positionOf(axis, rank), rank) });
  },
};

const FIX =
  'Bring the branches to one size: strides and padding for height and width, a Conv2D of 1 x 1 for the channels.';

type Elementwise = 'Add' | 'Subtract' | 'Multiply' | 'Average' | 'Maximum';

function elementwise(inputs: number | 'oneOrMore', merge: Merge): LayerRule<Elementwise> {
  return {
    inputs,
    channelMajor: 'keeps',
    arguments: {},
    outputShape: stretched,
    parameters: NO_PARAMETERS,
    forward: ({ builder }, values) => merge(builder, values),
  };
}

/** Equal, or 1 where they differ. */
function stretched(inputs: readonly LayerShape[]): LayerShape | Misfit {
  const shape = inputs[0].map((_, axis) => Math.max(...inputs.map((input) => input[axis])));
  const fits = inputs.every(
    (input) => input.length === shape.length && input.every((size, axis) => size === shape[axis] || size === 1),
  );
  return fits ? shape : { expected: 'shapes that are equal, or 1 where they differ,', fix: FIX };
}

function joined(inputs: readonly LayerShape[], { axis = -1 }: LayerConfigs['Concatenate']): LayerShape | Misfit {
  const rank = inputs[0].length;
  const along = positionOf(axis, rank);
  if (along < 0 || along >= rank) {
    return {
      expected: `something with an axis ${axis}`,
      fix: `Choose an axis from 1 to ${rank}, or from -${rank} to -1.`,
    };
  }
  const fits = inputs.every(
    (input) =>
      input.length === rank && input.every((size, position) => position === along || size === inputs[0][position]),
  );
  if (!fits) return { expected: `shapes that are equal but along axis ${axis}`, fix: FIX };
  return inputs[0].map((size, position) =>
    position === along ? inputs.reduce((total, input) => total + input[position], 0) : size,
  );
}

/** Keras counts the batch as axis 0; negative axes count from the end. */
function positionOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis - 1;
}
