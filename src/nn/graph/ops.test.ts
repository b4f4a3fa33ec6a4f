/** @file Every operation: its ONNX nodes against a float64 reference, its gradient against finite differences. */
import { describe, expect, it } from 'vitest';
import { checkOp, isDifferentiable, type OpCase } from '../testing/check-op.ts';
import { OP_CASES } from '../testing/op-cases.ts';
import { GRADIENT_RULES } from './gradients/index.ts';
import type { Op } from './ops.ts';
import { SHAPE_RULES } from './shapes/index.ts';

const OPS = Object.keys(SHAPE_RULES) as Op[];

describe.each(OPS)('%s', (op) => {
  const cases = OP_CASES[op] as readonly OpCase<Op>[];

  it('has a case', () => {
    expect(cases.length).toBeGreaterThan(0);
  });

  it.each(cases)('$what', async (one) => {
    await checkOp(op, one);
  });
});

describe('gradient rules', () => {
  it('leave out only what the table says', () => {
    expect(OPS.filter((op) => !isDifferentiable(op)).sort()).toEqual([
      'argMax',
      'averagePool2dGradient',
      'batchMean',
      'batchNormInputGradient',
      'batchNormScaleGradient',
      'batchVariance',
      'clipGradient',
      'conv2dKernelGradient',
      'eluGradient',
      'equal',
      'greater',
      'leakyReluGradient',
      'maxPool2dGradient',
      'maximumOverGroupsGradient',
      'normalizeGradient',
      'oneHot',
      'reluGradient',
      'resize2dGradient',
      'sigmoidGradient',
      'sign',
      'slice',
      'softmaxGradient',
      'tanhGradient',
    ]);
  });

  it('say why where there is none', () => {
    for (const rule of Object.values(GRADIENT_RULES)) {
      if (typeof rule !== 'function') expect(rule.reason).toMatch(/\w+ \w+/);
    }
  });
});
