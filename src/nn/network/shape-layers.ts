/** @file Layers that reshape, pool all pixels or normalise, as users write them, with Keras' defaults. */
import { type Layer, layer, type Named } from './layer.ts';

/** The mean of all pixels: `[h, w, c]` → `[c]`, or `[1, 1, c]` with `keepdims`. */
export function globalAveragePooling2d(config: Named<'GlobalAveragePooling2D'> = {}): Layer {
  return layer('GlobalAveragePooling2D', config);
}

/** The largest of all pixels: `[h, w, c]` → `[c]`, or `[1, 1, c]` with `keepdims`. Equal ones share the gradient. */
export function globalMaxPooling2d(config: Named<'GlobalMaxPooling2D'> = {}): Layer {
  return layer('GlobalMaxPooling2D', config);
}

/** @param config.targetShape sizes without the batch; one may be -1. The order of the numbers is Keras'. */
export function reshape(config: Named<'Reshape'>): Layer {
  return layer('Reshape', config);
}

/** @param config.dims where each axis comes from; the first after the batch is 1 */
export function permute(config: Named<'Permute'>): Layer {
  return layer('Permute', config);
}

/** Over the last axis. Defaults: epsilon 0.001, with `beta` (center) and `gamma` (scale). */
export function layerNormalization(config: Named<'LayerNormalization'> = {}): Layer {
  return layer('LayerNormalization', config);
}

/** `(x - mean) / sqrt(variance)`, with one number each or one a channel. */
export function normalization(config: Named<'Normalization'>): Layer {
  return layer('Normalization', config);
}

/** `alpha * x` below 0, with a learnt alpha. Default: one for every number; `sharedAxes: [1, 2]`: one a channel. */
export function prelu(config: Named<'PReLU'> = {}): Layer {
  return layer('PReLU', config);
}
