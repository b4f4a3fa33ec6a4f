/** @file GlobalAveragePooling2D and GlobalMaxPooling2D: `[height, width, channels]` → `[channels]`. */
import type { GraphBuilder } from '../graph/builder.ts';
import { elementCount, type Value } from '../graph/graph.ts';
import { flag, optional } from './arguments.ts';
import { type LayerRule, NO_PARAMETERS } from './rule.ts';

const PIXELS = [2, 3] as const;

export const globalAveragePooling2dLayer = globalPooling((builder, x, keepDimensions) =>
  builder.scale(builder.reduceSum(x, PIXELS, keepDimensions), 1 / elementCount(x.shape.slice(2))),
);

export const globalMaxPooling2dLayer = globalPooling((builder, x, keepDimensions) =>
  builder.apply('reduceMax', [x], { axes: PIXELS, keepDimensions }),
);

function globalPooling(
  pool: (builder: GraphBuilder, x: Value, keepDimensions: boolean) => Value,
): LayerRule<'GlobalAveragePooling2D' | 'GlobalMaxPooling2D'> {
  return {
    inputs: 1,
    arguments: { keepdims: optional(flag) },
    outputShape: ([input], { keepdims = false }) => {
      if (input.length !== 3) return 'a picture [height, width, channels]';
      return keepdims ? [1, 1, input[2]] : [input[2]];
    },
    parameters: NO_PARAMETERS,
    forward: ({ builder }, [x], { keepdims = false }) => pool(builder, x, keepdims),
  };
}
