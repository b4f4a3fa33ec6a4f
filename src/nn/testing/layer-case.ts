/** @file What a case of a layer is. */
import type { ImageShape, LayerConfigs, LayerType } from '../../contracts/index.ts';
import type { LayerShape } from '../layers/rule.ts';

/** An input of the layer: a convolution before gives it. */
export interface LayerCaseInput {
  readonly filters: number;
  /** Set for `[1, 1, filters]`. */
  readonly onePixel?: true;
}

export interface LayerCase<T extends LayerType> {
  readonly what: string;
  readonly config: LayerConfigs[T];
  /** Default: one, with as many channels as the picture. */
  readonly inputs?: readonly LayerCaseInput[];
  /** Set to put a Flatten before. */
  readonly flat?: true;
  readonly image?: ImageShape;
  readonly outputShape: LayerShape;
  /** Shapes of the parameters, by name. */
  readonly parameters?: Readonly<Record<string, readonly number[]>>;
}
