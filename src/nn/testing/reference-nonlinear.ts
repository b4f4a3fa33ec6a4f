/** @file Further activations in float64. */
import type { NonlinearOp } from '../graph/ops.ts';
import { type Array64, array64, type ReferenceRules } from './array64.ts';

const each =
  (f: (x: number) => number) =>
  ([x]: readonly Array64[]): Array64 =>
    array64(x.shape, x.data.map(f));

/** The gradient times a slope that follows from the result. */
const slope = ([y, gradient]: readonly Array64[], of: (y: number) => number): Array64 =>
  array64(
    y.shape,
    y.data.map((value, i) => gradient.data[i] * of(value)),
  );

export const NONLINEAR_REFERENCE: ReferenceRules<NonlinearOp> = {
  exp: each(Math.exp),
  erf: each(erf),
  clipGradient: (inputs, { minimum, maximum }) => slope(inputs, (y) => (y > minimum && y < maximum ? 1 : 0)),
  leakyRelu: (inputs, { slope: below }) => each((x) => (x > 0 ? x : below * x))(inputs),
  leakyReluGradient: (inputs, { slope: below }) => slope(inputs, (y) => (y > 0 ? 1 : below)),
  elu: (inputs, { alpha }) => each((x) => (x > 0 ? x : alpha * Math.expm1(x)))(inputs),
  eluGradient: (inputs, { alpha, slopeAtZero }) =>
    slope(inputs, (y) => (y > 0 || (y === 0 && slopeAtZero === 'one') ? 1 : y + alpha)),
  hardSigmoid: each((x) => Math.min(Math.max(x / 6 + 0.5, 0), 1)),
  absolute: each(Math.abs),
  sign: each(Math.sign),
};

/**
 * Near 0 the Taylor series, 2 / sqrt(π) Σ (-1)ⁿ x²ⁿ⁺¹ / (n! (2n + 1)); further away, where that cancels, 1 less the
 * continued fraction exp(-x²) / sqrt(π) / (x + 1/2 / (x + 2/2 / (x + 3/2 / …))).
 */
function erf(x: number): number {
  if (Math.abs(x) > 2) {
    const far = Math.abs(x);
    let fraction = far;
    for (let n = 100; n >= 1; n--) fraction = far + n / 2 / fraction;
    return Math.sign(x) * (1 - Math.exp(-far * far) / Math.sqrt(Math.PI) / fraction);
  }
  let term = x;
  let sum = x;
  for (let n = 1; n < 60; n++) {
    term *= -(x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}
