/** @file ZeroPadding2D: `[height, width, channels]` → `[top + height + bottom, left + width + right, channels]`. */
import { pad } from '../graph/padding.ts';
import { edges, optional } from './arguments.ts';
import { type LayerRule, NO_PARAMETERS } from './rule.ts';
import { edgesOf } from './windows.ts';

export const zeroPadding2dLayer: LayerRule<'ZeroPadding2D'> = {
  inputs: 1,
  arguments: { padding: optional(edges) },
  outputShape: ([input], { padding = 1 }) => {
    if (input.length !== 3) return 'a picture [height, width, channels]';
    const [top, left, bottom, right] = edgesOf(padding);
    return [top + input[0] + bottom, left + input[1] + right, input[2]];
  },
  parameters: NO_PARAMETERS,
  forward: ({ builder }, [x], { padding = 1 }) => pad(builder, x, edgesOf(padding)),
};
