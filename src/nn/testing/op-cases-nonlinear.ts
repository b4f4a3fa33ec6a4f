/** @file Cases of further activations. */
import type { NonlinearOp } from '../graph/ops.ts';
import type { CaseInput, OpCase } from './check-op.ts';

const floats = (...shape: number[]): CaseInput => ({ shape });
const wide = (...shape: number[]): CaseInput => ({ shape, fill: (random) => 4 * random.nextNormal() });
/** Away from 0, where slopes jump. */
const awayFromZero = (...shape: number[]): CaseInput => ({
  shape,
  fill: (random) => (random.nextFloat() < 0.5 ? -1 : 1) * (0.1 + random.nextFloat()),
});
const these = (...numbers: number[]): CaseInput => ({ shape: [numbers.length], fill: (_, index) => numbers[index] });

const none = {};
const plainElu = { alpha: 1, slopeAtZero: 'alpha' } as const;
const otherElu = { alpha: 0.3, slopeAtZero: 'alpha' } as const;
const selu = { alpha: 1.67, slopeAtZero: 'one' } as const;
const edges = [these(-0.9, -0.1, 0, 1e-30, 2), these(1, 2, 3, 4, 5)];

export const NONLINEAR_CASES: { readonly [O in NonlinearOp]: readonly OpCase<O>[] } = {
  exp: [{ what: 'both sides of 0', inputs: [floats(3, 4)], attributes: none }],
  erf: [
    { what: 'both sides of 0', inputs: [floats(3, 4)], attributes: none },
    { what: 'far from 0', inputs: [these(-9, -4, -3.5, 3.2, 4.4, 7)], attributes: none },
  ],
  clipGradient: [
    {
      what: 'bounds and between',
      inputs: [these(0, 0.1, 3, 5.99, 6), these(1, 2, 3, 4, 5)],
      attributes: { minimum: 0, maximum: 6 },
    },
  ],
  leakyRelu: [
    { what: 'both sides of 0', inputs: [awayFromZero(3, 4)], attributes: { slope: 0.2 } },
    { what: 'steeper below', inputs: [awayFromZero(3, 4)], attributes: { slope: 1.5 } },
  ],
  leakyReluGradient: [{ what: 'at 0 and beside', inputs: edges, attributes: { slope: 0.2 } }],
  elu: [
    { what: 'alpha 1', inputs: [awayFromZero(3, 4)], attributes: plainElu },
    { what: 'another alpha', inputs: [awayFromZero(3, 4)], attributes: otherElu },
    { what: 'alpha above 1', inputs: [awayFromZero(3, 4)], attributes: selu },
  ],
  eluGradient: [
    { what: 'alpha 1', inputs: edges, attributes: plainElu },
    { what: 'alpha at 0', inputs: edges, attributes: otherElu },
    { what: '1 at 0', inputs: edges, attributes: selu },
  ],
  hardSigmoid: [{ what: 'slope and bounds', inputs: [wide(20)], attributes: none }],
  absolute: [{ what: 'both sides of 0', inputs: [awayFromZero(3, 4)], attributes: none }],
  sign: [{ what: 'both sides of 0, and 0', inputs: [these(-2, -1e-30, 0, 1e-30, 3)], attributes: none }],
};
