/** @file A Keras model's description as plain data, the same for every version of Keras and for both kinds of models. */
import type { Fields } from './fields.ts';

/** One result of one call of a layer. */
export interface TensorRef {
  /** Name of the layer in its model. */
  readonly layer: string;
  /** Which of the layer's calls. */
  readonly call: number;
  /** Which of the call's results. */
  readonly tensor: number;
}

/** What a layer is called with: a result of another layer, or a constant. */
export type CallArgument = { readonly ref: TensorRef } | { readonly constant: unknown };

export interface LayerCall {
  /** Tensors and constants in order; a list of tensors that is one argument is spread. */
  readonly arguments: readonly CallArgument[];
  /** By name; tensors only where an operation takes them so. */
  readonly named: Readonly<Record<string, CallArgument>>;
  /** Whether `arguments` were one list, as merges take them. */
  readonly isList: boolean;
}

export interface LayerConfig {
  readonly name: string;
  readonly className: string;
  /** Python module, where the file tells: `keras.layers`, `keras.src.ops.numpy`. */
  readonly module: string | null;
  /** Name under which somebody registered a class of their own. */
  readonly registeredName: string | null;
  readonly config: Fields;
  /** Set for a model in the model. */
  readonly model: ModelConfig | null;
  readonly calls: readonly LayerCall[];
}

export interface ModelConfig {
  readonly name: string;
  /** `Sequential` or `Functional`. */
  readonly kind: 'Sequential' | 'Functional';
  readonly trainable: boolean;
  /** In the file's order, input layers included. */
  readonly layers: readonly LayerConfig[];
  readonly inputs: readonly TensorRef[];
  readonly outputs: readonly TensorRef[];
}

/** Class of layers that are the inputs of a model. */
export const INPUT_LAYER = 'InputLayer';

/** All layers that are no models, also those of the models in it. */
export function layersOf(model: ModelConfig): LayerConfig[] {
  return model.layers.flatMap((layer) => (layer.model ? layersOf(layer.model) : [layer]));
}
