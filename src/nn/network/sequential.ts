/** @file Networks as a list of layers: what users write, with Keras' names and defaults. */
import type { ImageShape, LayerConfigs, LayerNode, LayerType, NetworkSpec } from '../../contracts/index.ts';
import { NETWORK_INPUT, resolveNetwork } from './resolve.ts';

/** A layer that has no place in a network yet. */
export type Layer = {
  [T in LayerType]: {
    readonly layer: T;
    readonly config: LayerConfigs[T];
    readonly name?: string;
    /** False freezes the layer. */
    readonly trainable?: boolean;
  };
}[LayerType];

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
  const counts = new Map<string, number>();
  let previous = NETWORK_INPUT;
  const nodes = layers.map((layer): LayerNode => {
    const base = AUTOMATIC_NAMES[layer.layer];
    const count = counts.get(base) ?? 0;
    if (layer.name === undefined) counts.set(base, count + 1);
    const unique = layer.name ?? (count === 0 ? base : `${base}_${count}`);
    const { layer: type, config, trainable } = layer;
    const node = {
      name: unique,
      layer: type,
      config,
      inputs: [previous],
      ...(trainable === undefined ? {} : { trainable }),
    };
    previous = unique;
    return node as LayerNode;
  });
  const spec: NetworkSpec = { name, input, nodes, output: previous };
  resolveNetwork(spec);
  return spec;
}

const AUTOMATIC_NAMES: { readonly [T in LayerType]: string } = {
  Rescaling: 'rescaling',
  Conv2D: 'conv2d',
  DepthwiseConv2D: 'depthwise_conv2d',
  SeparableConv2D: 'separable_conv2d',
  ZeroPadding2D: 'zero_padding2d',
  MaxPooling2D: 'max_pooling2d',
  AveragePooling2D: 'average_pooling2d',
  Flatten: 'flatten',
  Dropout: 'dropout',
  Dense: 'dense',
  Activation: 'activation',
  BatchNormalization: 'batch_normalization',
};

/** What every layer takes beside its own arguments: a name, and whether it is trained (default true). */
export interface Common {
  readonly name?: string;
  readonly trainable?: boolean;
}

export type Named<T extends LayerType> = LayerConfigs[T] & Common;
type NamedPool = Partial<LayerConfigs['MaxPooling2D']> & Common;

/** Takes the name, and whether it is trained, out of the arguments. */
export function layer<T extends LayerType>(type: T, { name, trainable, ...config }: Named<T>): Layer {
  const common = { ...(name === undefined ? {} : { name }), ...(trainable === undefined ? {} : { trainable }) };
  return { layer: type, config, ...common } as unknown as Layer;
}

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

export function activation(config: Named<'Activation'>): Layer {
  return layer('Activation', config);
}
