/** @file Cases of normalisation. */
import type { NormalizationOp } from '../graph/ops.ts';
import type { CaseInput, OpCase } from './check-op.ts';

const floats = (...shape: number[]): CaseInput => ({ shape });
const positive = (...shape: number[]): CaseInput => ({ shape, fill: (random) => 0.5 + random.nextFloat() });
/** A mean far from 0, where sums of squares cancel. */
const farFromZero = (...shape: number[]): CaseInput => ({ shape, fill: (random) => 50 + random.nextNormal() });
const constant = (...shape: number[]): CaseInput => ({ shape, fill: () => 3 });

const none = {};
const small = { epsilon: 1e-3 };

export const NORMALIZATION_CASES: { readonly [O in NormalizationOp]: readonly OpCase<O>[] } = {
  batchMean: [
    { what: 'pictures', inputs: [floats(2, 3, 4, 5)], attributes: none },
    { what: 'rows', inputs: [floats(4, 3)], attributes: none },
  ],
  batchVariance: [
    { what: 'pictures', inputs: [floats(2, 3, 4, 5)], attributes: none },
    { what: 'rows', inputs: [floats(4, 3)], attributes: none },
    { what: 'far from 0', inputs: [farFromZero(4, 2, 5, 5)], attributes: none },
  ],
  batchNorm: [
    { what: 'pictures', inputs: [floats(2, 3, 4, 5), floats(3), floats(3)], attributes: small },
    { what: 'rows', inputs: [floats(5, 3), floats(3), floats(3)], attributes: small },
    { what: 'a large epsilon', inputs: [floats(3, 2, 2, 2), floats(2), floats(2)], attributes: { epsilon: 0.7 } },
    { what: 'channels that are constant', inputs: [constant(2, 2, 3, 3), floats(2), floats(2)], attributes: small },
  ],
  batchNormScaleGradient: [{ what: 'pictures', inputs: [floats(2, 3, 4, 5), floats(2, 3, 4, 5)], attributes: small }],
  batchNormInputGradient: [
    {
      what: 'pictures',
      inputs: [floats(2, 3, 4, 5), floats(3), floats(2, 3, 4, 5), floats(3), floats(3)],
      attributes: small,
    },
  ],
  normalize: [
    { what: 'channels', inputs: [floats(2, 5, 2, 3)], attributes: { axes: [1], epsilon: 1e-3 } },
    { what: 'the last axis', inputs: [floats(2, 3, 4)], attributes: { axes: [2], epsilon: 0.5 } },
    { what: 'far from 0', inputs: [farFromZero(2, 6)], attributes: { axes: [1], epsilon: 1e-3 } },
  ],
  normalizeGradient: [
    { what: 'channels', inputs: [floats(2, 5, 2, 3), floats(2, 5, 2, 3)], attributes: { axes: [1], epsilon: 1e-3 } },
  ],
  batchNormInference: [
    {
      what: 'pictures',
      inputs: [floats(2, 3, 4, 5), floats(3), floats(3), floats(3), positive(3)],
      attributes: small,
    },
    { what: 'rows', inputs: [floats(4, 3), floats(3), floats(3), floats(3), positive(3)], attributes: small },
  ],
};
