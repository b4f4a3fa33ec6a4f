/** @file Shapes of further activations. */
import type { NonlinearOp } from '../ops.ts';
import { activationGradient, unary } from './elementwise.ts';
import type { ShapeRules } from './rule.ts';

export const NONLINEAR_SHAPES: ShapeRules<NonlinearOp> = {
  exp: unary,
  erf: unary,
  clipGradient: activationGradient,
  leakyRelu: unary,
  leakyReluGradient: activationGradient,
  elu: unary,
  eluGradient: activationGradient,
  hardSigmoid: unary,
  absolute: unary,
  sign: unary,
};
