/** @file What is known of every operator: how it is converted, or why not. */
import type { Rule } from '../context.ts';
import { CONVOLUTION_RULES } from './convolutions.ts';
import { ELEMENTWISE_RULES } from './elementwise.ts';
import { FUNCTION_RULES } from './functions.ts';
import { PART_RULES } from './parts.ts';
import { PICTURE_RULES } from './pictures.ts';
import { POOLING_RULES } from './pooling.ts';
import { PRODUCT_RULES } from './products.ts';
import { RESIZING_RULES } from './resizing.ts';
import { SOURCE_RULES } from './sources.ts';
import { STRUCTURE_RULES } from './structure.ts';
import { TABLE_RULES } from './tables.ts';

const ALL = {
  ...SOURCE_RULES,
  ...ELEMENTWISE_RULES,
  ...FUNCTION_RULES,
  ...CONVOLUTION_RULES,
  ...POOLING_RULES,
  ...RESIZING_RULES,
  ...PRODUCT_RULES,
  ...STRUCTURE_RULES,
  ...PART_RULES,
  ...PICTURE_RULES,
  ...TABLE_RULES,
} as const;

/** Operators that can be converted. */
export type TensorflowOp = keyof typeof ALL;

export const RULES: Readonly<Record<TensorflowOp, Rule>> = ALL;

export function ruleOf(op: string): Rule | undefined {
  return Object.hasOwn(RULES, op) ? RULES[op as TensorflowOp] : undefined;
}
