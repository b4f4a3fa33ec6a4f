/** @file Resizing, CenterCrop and UpSampling2D: `[height, width, channels]` → another height and width. */
import type { GraphBuilder } from '../graph/builder.ts';
import { fixed, type Value } from '../graph/graph.ts';
import type { Pads, Pair, ResizeAttributes } from '../graph/ops.ts';
import { pad } from '../graph/padding.ts';
import { flag, interpolationName, optional, positiveInteger, positiveSize, required } from './arguments.ts';
import { type LayerRule, type LayerShape, NO_PARAMETERS } from './rule.ts';
import { pairOf } from './windows.ts';

export const resizingLayer: LayerRule<'Resizing'> = {
  inputs: 1,
  arguments: {
    height: required(positiveInteger),
    width: required(positiveInteger),
    interpolation: optional(interpolationName),
    cropToAspectRatio: optional(flag),
  },
  outputShape: ([input], { height, width }) => sized(input, height, width),
  parameters: NO_PARAMETERS,
  forward: ({ builder }, [x], { height, width, interpolation = 'bilinear', cropToAspectRatio = false }) => {
    const size: Pair = [height, width];
    const shown = cropToAspectRatio ? pad(builder, x, middleOf(x, proportioned(x, size))) : x;
    return resize(builder, shown, { size, interpolation });
  },
};

export const centerCropLayer: LayerRule<'CenterCrop'> = {
  inputs: 1,
  arguments: { height: required(positiveInteger), width: required(positiveInteger) },
  outputShape: ([input], { height, width }) => sized(input, height, width),
  parameters: NO_PARAMETERS,
  forward: ({ builder }, [x], { height, width }) => {
    const size: Pair = [height, width];
    const [before, after] = [fixed(x.shape, 2), fixed(x.shape, 3)];
    if (before >= height && after >= width) return pad(builder, x, middleOf(x, size));
    const shown = pad(builder, x, middleOf(x, proportioned(x, size)));
    return resize(builder, shown, { size, interpolation: 'bilinear' });
  },
};

export const upSampling2dLayer: LayerRule<'UpSampling2D'> = {
  inputs: 1,
  arguments: { size: optional(positiveSize), interpolation: optional(interpolationName) },
  outputShape: ([input], { size = 2 }) => {
    const [down, across] = pairOf(size);
    return sized(input, input[0] * down, input[1] * across);
  },
  parameters: NO_PARAMETERS,
  forward: ({ builder }, [x], { size = 2, interpolation = 'nearest' }) => {
    const [down, across] = pairOf(size);
    return resize(builder, x, { size: [fixed(x.shape, 2) * down, fixed(x.shape, 3) * across], interpolation });
  },
};

function sized(input: LayerShape, height: number, width: number): LayerShape | string {
  return input.length === 3 ? [height, width, input[2]] : 'a picture [height, width, channels]';
}

function resize(builder: GraphBuilder, x: Value, attributes: ResizeAttributes): Value {
  const same = x.shape[2] === attributes.size[0] && x.shape[3] === attributes.size[1];
  return same ? x : builder.apply('resize2d', [x], attributes);
}

/** The largest part of a picture that has the proportions of `size`, rounded as Keras does. */
function proportioned(x: Value, size: Pair): Pair {
  const [height, width] = [fixed(x.shape, 2), fixed(x.shape, 3)];
  const fitting = (available: number, other: number, ratio: Pair): number =>
    Math.max(Math.min(available, Math.trunc(Math.fround(Math.fround(other * ratio[0]) / ratio[1]))), 1);
  return [fitting(height, width, size), fitting(width, height, [size[1], size[0]])];
}

/** What is cropped to leave the middle; where that is uneven, one pixel more at the end. */
function middleOf(x: Value, [height, width]: Pair): Pads {
  const [down, across] = [fixed(x.shape, 2) - height, fixed(x.shape, 3) - width];
  const [top, left] = [Math.floor(down / 2), Math.floor(across / 2)];
  return [0 - top, 0 - left, top - down, left - across];
}
