/** @file Every optimizer, by its name. */
import type { OptimizerKind } from '../../contracts/index.ts';
import { adadelta } from './adadelta.ts';
import { adagrad } from './adagrad.ts';
import { adam, adamw } from './adam.ts';
import { rmsprop } from './rmsprop.ts';
import type { OptimizerRule } from './rule.ts';
import { sgd } from './sgd.ts';

export const OPTIMIZER_RULES: { readonly [K in OptimizerKind]: OptimizerRule<K> } = {
  adam,
  adamw,
  sgd,
  rmsprop,
  adagrad,
  adadelta,
};
