/** @file What is known of every operator: how it is converted, or why not. */
import type { Rule } from '../context.ts';
import { ELEMENTWISE_RULES } from './elementwise.ts';
import { PICTURE_RULES } from './pictures.ts';
import { PRODUCT_RULES } from './products.ts';
import { SOURCE_RULES } from './sources.ts';
import { STRUCTURE_RULES } from './structure.ts';
import { WINDOW_RULES } from './windows.ts';

const ALL = {
  ...SOURCE_RULES,
  ...ELEMENTWISE_RULES,
  ...WINDOW_RULES,
  ...PRODUCT_RULES,
  ...STRUCTURE_RULES,
  ...PICTURE_RULES,
} as const;

/** Operators that can be converted. */
export type TensorflowOp = keyof typeof ALL;

export const RULES: Readonly<Record<TensorflowOp, Rule>> = ALL;

export function ruleOf(op: string): Rule | undefined {
  return Object.hasOwn(RULES, op) ? RULES[op as TensorflowOp] : undefined;
}
