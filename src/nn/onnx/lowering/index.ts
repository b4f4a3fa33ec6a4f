/** @file The lowering rule of every operation. */
import type { Op } from '../../graph/ops.ts';
import { CONVOLUTION_LOWERING } from './convolution.ts';
import { ELEMENTWISE_LOWERING } from './elementwise.ts';
import { GROUP_MAXIMUM_LOWERING } from './group-maximum.ts';
import { NONLINEAR_LOWERING } from './nonlinear.ts';
import { NORMALIZATION_LOWERING } from './normalization.ts';
import { PICTURE_LOWERING } from './pictures.ts';
import { POOLING_LOWERING } from './pooling.ts';
import type { LoweringRules } from './rule.ts';
import { STRUCTURE_LOWERING } from './structure.ts';

export type { LoweringRule } from './rule.ts';

export const LOWERING_RULES: LoweringRules<Op> = {
  ...ELEMENTWISE_LOWERING,
  ...STRUCTURE_LOWERING,
  ...CONVOLUTION_LOWERING,
  ...POOLING_LOWERING,
  ...GROUP_MAXIMUM_LOWERING,
  ...NONLINEAR_LOWERING,
  ...NORMALIZATION_LOWERING,
  ...PICTURE_LOWERING,
};
