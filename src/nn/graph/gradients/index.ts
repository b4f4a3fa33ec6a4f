/** @file The gradient rule of every operation. */
import type { Op } from '../ops.ts';
import { ELEMENTWISE_GRADIENTS } from './elementwise.ts';
import { NONLINEAR_GRADIENTS } from './nonlinear.ts';
import { NORMALIZATION_GRADIENTS } from './normalization.ts';
import { PICTURE_GRADIENTS } from './pictures.ts';
import { PRODUCT_GRADIENTS } from './products.ts';
import type { GradientRules } from './rule.ts';
import { STRUCTURE_GRADIENTS } from './structure.ts';

export type { GradientCall, GradientRule, NonDifferentiable } from './rule.ts';

export const GRADIENT_RULES: GradientRules<Op> = {
  ...ELEMENTWISE_GRADIENTS,
  ...STRUCTURE_GRADIENTS,
  ...PRODUCT_GRADIENTS,
  ...NONLINEAR_GRADIENTS,
  ...NORMALIZATION_GRADIENTS,
  ...PICTURE_GRADIENTS,
};
