/** @file A layer that has no place in a network yet: what users make, and the names that layers get. */
import type { LayerConfigs, LayerType } from '../../contracts/index.ts';
import { markPlace } from './places.ts';

/** A layer that has no place in a network yet. Used at several places, it has one set of weights. */
export type Layer = {
  [T in LayerType]: {
    readonly layer: T;
    readonly config: LayerConfigs[T];
    readonly name?: string;
    /** False freezes the layer. */
    readonly trainable?: boolean;
  };
}[LayerType];

/** Keras' names. */
export const AUTOMATIC_NAMES: { readonly [T in LayerType]: string } = {
  Rescaling: 'rescaling',
  Conv2D: 'conv2d',
  DepthwiseConv2D: 'depthwise_conv2d',
  SeparableConv2D: 'separable_conv2d',
  Conv2DTranspose: 'conv2d_transpose',
  ZeroPadding2D: 'zero_padding2d',
  Cropping2D: 'cropping2d',
  UpSampling2D: 'up_sampling2d',
  Resizing: 'resizing',
  CenterCrop: 'center_crop',
  MaxPooling2D: 'max_pooling2d',
  AveragePooling2D: 'average_pooling2d',
  Flatten: 'flatten',
  Dropout: 'dropout',
  SpatialDropout2D: 'spatial_dropout2d',
  Dense: 'dense',
  Activation: 'activation',
  Normalization: 'normalization',
  PReLU: 'p_re_lu',
  GlobalAveragePooling2D: 'global_average_pooling2d',
  GlobalMaxPooling2D: 'global_max_pooling2d',
  Reshape: 'reshape',
  Permute: 'permute',
  LayerNormalization: 'layer_normalization',
  BatchNormalization: 'batch_normalization',
  Add: 'add',
  Subtract: 'subtract',
  Multiply: 'multiply',
  Average: 'average',
  Maximum: 'maximum',
  Concatenate: 'concatenate',
};

/** What every layer takes beside its own arguments: a name, and whether it is trained (default true). */
export interface Common {
  readonly name?: string;
  readonly trainable?: boolean;
}

export type Named<T extends LayerType> = LayerConfigs[T] & Common;

/** Takes the name, and whether it is trained, out of the arguments. */
export function layer<T extends LayerType>(type: T, { name, trainable, ...config }: Named<T>): Layer {
  const common = { ...(name === undefined ? {} : { name }), ...(trainable === undefined ? {} : { trainable }) };
  const made = { layer: type, config, ...common } as unknown as Layer;
  markPlace(made);
  return made;
}
