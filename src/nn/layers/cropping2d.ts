/** @file Cropping2D: `[height, width, channels]` → `[height - top - bottom, width - left - right, channels]`. */
import { pad } from '../graph/padding.ts';
import { edges, optional } from './arguments.ts';
import { type LayerRule, NO_PARAMETERS } from './rule.ts';
import { edgesOf } from './windows.ts';

export const cropping2dLayer: LayerRule<'Cropping2D'> = {
  inputs: 1,
  arguments: { cropping: optional(edges) },
  outputShape: ([input], { cropping = 0 }) => {
    if (input.length !== 3) return 'a picture [height, width, channels]';
    const [top, left, bottom, right] = edgesOf(cropping);
    const [height, width] = [input[0] - top - bottom, input[1] - left - right];
    if (height < 1 || width < 1) return `at least ${top + bottom + 1} x ${left + right + 1} pixels`;
    return [height, width, input[2]];
  },
  parameters: NO_PARAMETERS,
  forward: ({ builder }, [x], { cropping = 0 }) => {
    const [top, left, bottom, right] = edgesOf(cropping);
    return pad(builder, x, [0 - top, 0 - left, 0 - bottom, 0 - right]);
  },
};
