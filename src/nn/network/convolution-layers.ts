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

/** The gradient of a convolution, as a layer. Defaults: as of `conv2d`, and the size that Keras chooses. */
export function conv2dTranspose(config: Named<'Conv2DTranspose'>): Layer {
  return layer('Conv2DTranspose', config);
}

/** @param config.cropping pixels: one number, `[height, width]` or `[[top, bottom], [left, right]]`; default 0 */
export function cropping2d(config: Named<'Cropping2D'> = {}): Layer {
  return layer('Cropping2D', config);
}

/** Defaults: twice the height and width, `nearest`. */
export function upSampling2d(config: Named<'UpSampling2D'> = {}): Layer {
  return layer('UpSampling2D', config);
}

/** Defaults: `bilinear`, stretched. There is no antialiasing. */
export function resizing(config: Named<'Resizing'>): Layer {
  return layer('Resizing', config);
}

/** The middle of the pictures; smaller pictures are enlarged. */
export function centerCrop(config: Named<'CenterCrop'>): Layer {
  return layer('CenterCrop', config);
}

/** @param config.rate share of the channels that is set to 0 in training, 0 up to 1 */
export function spatialDropout2d(config: Named<'SpatialDropout2D'>): Layer {
  return layer('SpatialDropout2D', config);
}
