/** @file Networks as a list of layers: what users write, with Keras' names and defaults. */
import type { ImageShape, LayerConfigs, NetworkSpec } from '../../contracts/index.ts';
import { functional, input as picture } from './functional.ts';
import { type Common, type Layer, layer, type Named } from './layer.ts';

/**
 * A network in which every layer takes the result of the one before.
 * Layers without a name get Keras' names: `conv2d`, `conv2d_1`, …
 *
 * @param input size of the pictures; their pixels are 0..255, so a `rescaling` mostly comes first
 * @param layers the last gives the logits, without softmax
 * @throws `network_invalid`, naming the layer and the shapes
 * @example
 * sequential('tiny', { height: 28, width: 28, channels: 1 }, [
 *   rescaling({ scale: 1 / 255 }), conv2d({ filters: 8, kernelSize: [3, 3], activation: 'relu' }),
 *   maxPooling2d(), flatten(), dense({ units: 10 }),
 * ])
 */
export function sequential(name: string, input: ImageShape, layers: readonly Layer[]): NetworkSpec {
  return functional(name, picture(input).through(...layers));
}

type NamedPool = Partial<LayerConfigs['MaxPooling2D']> & Common;

/** `x * scale + offset`; offset 0 unless given. */
export function rescaling(config: Named<'Rescaling'>): Layer {
  return layer('Rescaling', config);
}

/** Defaults: strides 1, padding `valid`, dilation 1, one group, no activation, with bias. */
export function conv2d(config: Named<'Conv2D'>): Layer {
  return layer('Conv2D', config);
}

/** Defaults: pool size `[2, 2]`, strides as the pool size, padding `valid`. */
export function maxPooling2d({ poolSize = [2, 2], ...config }: NamedPool = {}): Layer {
  return layer('MaxPooling2D', { poolSize, ...config });
}

/** Defaults as of `maxPooling2d`. Padding does not count in the mean. */
export function averagePooling2d({ poolSize = [2, 2], ...config }: NamedPool = {}): Layer {
  return layer('AveragePooling2D', { poolSize, ...config });
}

/** `[h, w, c]` → `[h * w * c]`, in Keras' order wherever the order shows. */
export function flatten(config: { readonly name?: string } = {}): Layer {
  return layer('Flatten', config as Named<'Flatten'>);
}

/** @param config.rate share of the inputs that is set to 0 in training, 0 up to 1 */
export function dropout(config: Named<'Dropout'>): Layer {
  return layer('Dropout', config);
}

/** Defaults: no activation, with bias. */
export function dense(config: Named<'Dense'>): Layer {
  return layer('Dense', config);
}

/** Defaults: momentum 0.99, epsilon 0.001, with `beta` (center) and `gamma` (scale). */
export function batchNormalization(config: Named<'BatchNormalization'> = {}): Layer {
  return layer('BatchNormalization', config);
}

/** An activation alone, as most layers take one by `activation`. */
export function activation(config: Named<'Activation'>): Layer {
  return layer('Activation', config);
}
