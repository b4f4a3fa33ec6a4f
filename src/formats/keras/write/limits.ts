/** @file What of our layers each of Keras' dialects cannot say, for the documentation; the rules refuse it by name. */
import type { LayerType } from '../../../contracts/index.ts';
import type { Dialect } from './dialect.ts';

/** Null: not at all. A layer or dialect that is not here is written whole. */
export const WRITE_LIMITS: { readonly [T in LayerType]?: { readonly [D in Dialect]?: string | null } } = {
  Conv2D: { tfjs: 'without groups' },
  Conv2DTranspose: { tfjs: 'without outputPadding and dilation' },
  UpSampling2D: { tfjs: 'nearest' },
  Resizing: { tfjs: null },
  CenterCrop: { tfjs: null },
  SpatialDropout2D: { tfjs: 'as Dropout' },
};
