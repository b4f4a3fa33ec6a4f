/** @file MaxPooling2D and AveragePooling2D: `[height, width, channels]` → `[height', width', channels]`. */
import type { PoolingConfig } from '../../contracts/index.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import { fixed, type Value } from '../graph/graph.ts';
import type { WindowAttributes } from '../graph/ops.ts';
import { averagePool, maxPool } from '../graph/rewrite.ts';
import { optional, paddingName, positiveSize, required } from './arguments.ts';
import { type LayerRule, NO_PARAMETERS } from './rule.ts';
import { pairOf, slideOver, type WindowConfig, windowOf } from './windows.ts';

type Pool = (builder: GraphBuilder, x: Value, window: WindowAttributes) => Value;

export const maxPooling2dLayer = poolingLayer(maxPool);

/** Padding does not count: the mean is over the pixels of the picture under the window. */
export const averagePooling2dLayer = poolingLayer(averagePool);

function poolingLayer(pool: Pool): LayerRule<'MaxPooling2D'> & LayerRule<'AveragePooling2D'> {
  return {
    inputs: 1,
    arguments: {
      poolSize: required(positiveSize),
      strides: optional(positiveSize),
      padding: optional(paddingName),
    },
    outputShape: ([input], config) => {
      const size = slideOver(input, windowConfig(config));
      return typeof size === 'string' ? size : [...size, input[2]];
    },
    parameters: NO_PARAMETERS,
    forward: ({ builder }, [x], config) =>
      pool(builder, x, windowOf([fixed(x.shape, 2), fixed(x.shape, 3)], windowConfig(config))),
  };
}

function windowConfig({ poolSize, strides = poolSize, padding }: PoolingConfig): WindowConfig {
  return { kernel: pairOf(poolSize), strides: pairOf(strides), padding };
}
