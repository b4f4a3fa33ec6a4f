/** @file What the TensorFlow rule of a layer is: the layer's inputs in, nodes of a function out. */
import type { LayerConfigs, LayerType } from '../../../../contracts/index.ts';
import type { LayerShape } from '../../../../nn/index.ts';
import type { FunctionBuilder, TfValue } from '../function-builder.ts';

/** Pictures are `[batch, height, width, channels]`, as Keras has them. */
export interface TfLayerContext {
  readonly b: FunctionBuilder;
  /** A weight in Keras' layout. */
  weight(name: string): TfValue;
  /** Without the batch. */
  readonly inputShapes: readonly LayerShape[];
  readonly outputShape: LayerShape;
}

export type TfLayer<T extends LayerType> = (
  context: TfLayerContext,
  inputs: readonly TfValue[],
  config: LayerConfigs[T],
) => TfValue;

/** A rule, or why there is none. */
export type TfLayerRule<T extends LayerType> = TfLayer<T> | { readonly unsupported: string };

export type TfLayerRules<T extends LayerType> = { readonly [L in T]: TfLayerRule<L> };

export const same = (_: TfLayerContext, [x]: readonly TfValue[]): TfValue => x;
