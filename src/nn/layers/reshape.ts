/** @file Reshape and Permute, in Keras' order of axes: row, column, channel. */
import { elementCount } from '../graph/graph.ts';
import type { ArgumentCheck } from './arguments.ts';
import { axisNumbers, required } from './arguments.ts';
import { fromKerasOrder, graphAxis, toKerasOrder } from './axes.ts';
import { type LayerRule, type LayerShape, type Misfit, NO_PARAMETERS } from './rule.ts';

/** Rows, `[a, b]` and pictures. */
const MOST_AXES = 3;

const sizes: ArgumentCheck = (value) =>
  Array.isArray(value) &&
  value.length >= 1 &&
  value.length <= MOST_AXES &&
  value.every((size) => Number.isInteger(size) && (size >= 1 || size === -1)) &&
  value.filter((size) => size === -1).length <= 1
    ? null
    : `one to ${MOST_AXES} sizes of 1 or more, of which one may be -1`;

export const reshapeLayer: LayerRule<'Reshape'> = {
  inputs: 1,
  arguments: { targetShape: required(sizes) },
  outputShape: ([input], { targetShape }) => reshaped(input, targetShape),
  parameters: NO_PARAMETERS,
  forward: ({ builder }, [x], { targetShape }) => {
    const ordered = toKerasOrder(builder, x);
    const count = elementCount(x.shape.slice(1));
    const known = targetShape.reduce((product, size) => (size === -1 ? product : product * size), 1);
    const shape = targetShape.map((size) => (size === -1 ? count / known : size));
    return fromKerasOrder(builder, builder.reshape(ordered, [x.shape[0], ...shape]));
  },
};

function reshaped(input: LayerShape, target: readonly number[]): LayerShape | Misfit {
  const count = input.reduce((product, size) => product * size, 1);
  const known = target.reduce((product, size) => (size === -1 ? product : product * size), 1);
  const free = target.includes(-1);
  if (free ? count % known !== 0 : count !== known) {
    return `a number of elements that ${free ? 'is a multiple of' : 'is'} ${known}`;
  }
  return target.map((size) => (size === -1 ? count / known : size));
}

export const permuteLayer: LayerRule<'Permute'> = {
  inputs: 1,
  arguments: { dims: required(axisNumbers) },
  outputShape: ([input], { dims }) => {
    const isPermutation = dims.length === input.length && input.every((_, position) => dims.includes(position + 1));
    return isPermutation
      ? dims.map((axis) => input[axis - 1])
      : `something whose axes are ${dims.toSorted().join(', ')}`;
  },
  parameters: NO_PARAMETERS,
  forward: ({ builder }, [x], { dims }) => {
    const rank = dims.length;
    const permutation = [0, ...dims];
    dims.forEach((axis, position) => {
      permutation[graphAxis(position, rank)] = graphAxis(axis - 1, rank);
    });
    return builder.apply('transpose', [x], { permutation });
  },
};
