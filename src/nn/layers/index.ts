/** @file Every layer, by its Keras name. */
import type { LayerType } from '../../contracts/index.ts';
import { activationLayer } from './activation.ts';
import { batchNormalizationLayer } from './batch-normalization.ts';
import { conv2dLayer } from './conv2d.ts';
import { conv2dTransposeLayer } from './conv2d-transpose.ts';
import { cropping2dLayer } from './cropping2d.ts';
import { denseLayer } from './dense.ts';
import { depthwiseConv2dLayer } from './depthwise-conv2d.ts';
import { dropoutLayer, spatialDropout2dLayer } from './dropout.ts';
import { flattenLayer } from './flatten.ts';
import { globalAveragePooling2dLayer, globalMaxPooling2dLayer } from './global-pooling.ts';
import { layerNormalizationLayer } from './layer-normalization.ts';
import { addLayer, averageLayer, concatenateLayer, maximumLayer, multiplyLayer, subtractLayer } from './merge.ts';
import { averagePooling2dLayer, maxPooling2dLayer } from './pooling.ts';
import { preluLayer } from './prelu.ts';
import { normalizationLayer, rescalingLayer } from './rescaling.ts';
import { permuteLayer, reshapeLayer } from './reshape.ts';
import { centerCropLayer, resizingLayer, upSampling2dLayer } from './resizing.ts';
import type { LayerRule } from './rule.ts';
import { separableConv2dLayer } from './separable-conv2d.ts';
import { zeroPadding2dLayer } from './zero-padding2d.ts';

export const LAYERS: { readonly [T in LayerType]: LayerRule<T> } = {
  Rescaling: rescalingLayer,
  Conv2D: conv2dLayer,
  DepthwiseConv2D: depthwiseConv2dLayer,
  SeparableConv2D: separableConv2dLayer,
  Conv2DTranspose: conv2dTransposeLayer,
  ZeroPadding2D: zeroPadding2dLayer,
  Cropping2D: cropping2dLayer,
  UpSampling2D: upSampling2dLayer,
  Resizing: resizingLayer,
  CenterCrop: centerCropLayer,
  MaxPooling2D: maxPooling2dLayer,
  AveragePooling2D: averagePooling2dLayer,
  Flatten: flattenLayer,
  Dropout: dropoutLayer,
  SpatialDropout2D: spatialDropout2dLayer,
  Dense: denseLayer,
  Activation: activationLayer,
  Normalization: normalizationLayer,
  PReLU: preluLayer,
  GlobalAveragePooling2D: globalAveragePooling2dLayer,
  GlobalMaxPooling2D: globalMaxPooling2dLayer,
  Reshape: reshapeLayer,
  Permute: permuteLayer,
  LayerNormalization: layerNormalizationLayer,
  BatchNormalization: batchNormalizationLayer,
  Add: addLayer,
  Subtract: subtractLayer,
  Multiply: multiplyLayer,
  Average: averageLayer,
  Maximum: maximumLayer,
  Concatenate: concatenateLayer,
};

/** Names of a layer's arguments, in the order of the documentation. */
export function layerArguments(layer: LayerType): readonly string[] {
  return Object.keys(LAYERS[layer].arguments);
}
