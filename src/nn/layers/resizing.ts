/** @file Resizing, CenterCrop and UpSampling2D: `[height, width, channels]` → another height and width. */
import type { GraphBuilder } from '../graph/builder.ts';
import { fixed, type Value } from '../graph/graph.ts';
import type { Pair, ResizeAttributes } from '../graph/ops.ts';
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
    const shown = cropToAspectRatio ? crop(builder, x, cropBeforeResizing(sizeOf(x), size)) : x;
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
    if (before >= height && after >= width) return crop(builder, x, middleOf([before, after], size));
    const shown = crop(builder, x, cropBeforeResizing([before, after], size));
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

/** A part of a picture: `[top, left, height, width]`, in pixels. */
export type PicturePart = readonly [number, number, number, number];

/** The largest part in the middle of a picture that has the proportions of `wanted`, rounded as Keras does. */
export function cropBeforeResizing([height, width]: Pair, wanted: Pair): PicturePart {
  const fitting = (available: number, other: number, ratio: Pair): number =>
    Math.max(Math.min(available, Math.trunc(Math.fround(Math.fround(other * ratio[0]) / ratio[1]))), 1);
  const size: Pair = [fitting(height, width, wanted), fitting(width, height, [wanted[1], wanted[0]])];
  return middleOf([height, width], size);
}

/** The middle of a picture; where what is cropped is uneven, one pixel more goes at the end. */
function middleOf(before: Pair, [height, width]: Pair): PicturePart {
  return [Math.floor((before[0] - height) / 2), Math.floor((before[1] - width) / 2), height, width];
}

function crop(builder: GraphBuilder, x: Value, [top, left, height, width]: PicturePart): Value {
  const [before, after] = sizeOf(x);
  return pad(builder, x, [0 - top, 0 - left, top + height - before, left + width - after]);
}

function sizeOf(x: Value): Pair {
  return [fixed(x.shape, 2), fixed(x.shape, 3)];
}
