/** @file What a case of a layer is. */
import type { ImageShape, LayerConfigs, LayerType } from '../../contracts/index.ts';
import type { LayerShape } from '../layers/rule.ts';

export interface LayerCase<T extends LayerType> {
  readonly what: string;
  readonly config: LayerConfigs[T];
  /** Set to put a Flatten before. */
  readonly flat?: true;
  readonly image?: ImageShape;
  readonly outputShape: LayerShape;
  /** Shapes of the parameters, by name. */
  readonly parameters?: Readonly<Record<string, readonly number[]>>;
}
