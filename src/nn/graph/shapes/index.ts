/** @file The shape rule of every operation. */
import type { Op } from '../ops.ts';
import { ELEMENTWISE_SHAPES } from './elementwise.ts';
import { NONLINEAR_SHAPES } from './nonlinear.ts';
import { NORMALIZATION_SHAPES } from './normalization.ts';
import { PICTURE_SHAPES } from './pictures.ts';
import { PRODUCT_SHAPES } from './products.ts';
import type { ShapeRules } from './rule.ts';
import { STRUCTURE_SHAPES } from './structure.ts';

export type { ShapeRule } from './rule.ts';

export const SHAPE_RULES: ShapeRules<Op> = {
  ...ELEMENTWISE_SHAPES,
  ...STRUCTURE_SHAPES,
  ...PRODUCT_SHAPES,
  ...NONLINEAR_SHAPES,
  ...NORMALIZATION_SHAPES,
  ...PICTURE_SHAPES,
};
