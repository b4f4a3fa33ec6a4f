/** @file The TensorFlow rule of every layer: a layer without one does not compile. */
import type { LayerType } from '../../../../contracts/index.ts';
import { CONVOLUTION_LAYERS } from './convolutions.ts';
import { MERGE_LAYERS, OTHER_LAYERS } from './others.ts';
import { PICTURE_LAYERS } from './pictures.ts';
import type { TfLayerRules } from './rule.ts';

export { batchOf, concatenate } from './convolutions.ts';
export type { TfLayer, TfLayerContext, TfLayerRule } from './rule.ts';

export const TF_LAYERS: TfLayerRules<LayerType> = {
  ...CONVOLUTION_LAYERS,
  ...PICTURE_LAYERS,
  ...OTHER_LAYERS,
  ...MERGE_LAYERS,
};
