/** @file What a rule may ask for while a layer of ours becomes layers of Keras. */
import { type LayerNode, type LayerType, PictorError } from '../../../contracts/index.ts';
import type { LayerShape } from '../../../nn/index.ts';
import type { Fields } from '../config/fields.ts';
import { DIALECT_NAMES, type Dialect } from './dialect.ts';

/** One call of a layer of Keras. */
export interface KerasCall {
  /** Of the call; also the layer's, unless it is another call's. */
  readonly name: string;
  readonly className: string;
  readonly config: Fields;
  readonly inputs: readonly string[];
  /** Of the result, without the batch. */
  readonly shape: LayerShape;
  readonly trainable: boolean;
  /** Name of the call whose layer this is one more call of. */
  readonly weightsOf?: string;
  /** Whose weights it has: those of a node of ours, or numbers that the layer of ours had as arguments. */
  readonly weights?: { readonly node: string } | { readonly numbers: readonly (readonly number[])[] };
}

/** Where a node of ours is written. */
export interface WritePlace<T extends LayerType> {
  readonly node: LayerNode & { readonly layer: T };
  readonly dialect: Dialect;
  readonly inputShapes: readonly LayerShape[];
  readonly outputShape: LayerShape;
  /** Adds the layer that has the node's weights. @returns its name */
  own(className: string, config: Fields, inputs?: readonly string[]): string;
  /** Adds a layer without the node's weights, with the shape of the result unless another one is given. */
  extra(className: string, config: Fields, inputs: readonly string[], more?: ExtraOptions): string;
}

export interface ExtraOptions {
  readonly shape?: LayerShape;
  readonly numbers?: readonly (readonly number[])[];
}

/** @returns name of the call whose result is the node's */
export type WriteRule<T extends LayerType> = (place: WritePlace<T>) => string;

/** @param what as the end of a sentence about the layer */
export function cannotWrite({ name, layer }: LayerNode, dialect: Dialect, what: string): PictorError {
  return new PictorError('export_unsupported', `Layer "${name}" (${layer}) ${what} in ${DIALECT_NAMES[dialect]}.`, {
    fix: 'Export it as a SavedModel or to ONNX, which can hold every layer.',
    details: { layer: name },
  });
}
