/** @file Layers that slide kernels over pictures or change their size, as users write them, with Keras' defaults. */
import { type Layer, layer, type Named } from './layer.ts';

/** A kernel for each channel alone. Defaults: as of `conv2d`, and one kernel for each channel. */
export function depthwiseConv2d(config: Named<'DepthwiseConv2D'>): Layer {
  return layer('DepthwiseConv2D', config);
}

/** A depthwise convolution, then one of 1 x 1. Defaults: as of `conv2d`, and one kernel for each channel. */
export function separableConv2d(config: Named<'SeparableConv2D'>): Layer {
  return layer('SeparableConv2D', config);
}

/** @param config.padding pixels: one number, `[height, width]` or `[[top, bottom], [left, right]]`; default 1 */
export function zeroPadding2d(config: Named<'ZeroPadding2D'> = {}): Layer {
  return layer('ZeroPadding2D', config);
}
