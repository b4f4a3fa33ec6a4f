/**
 * @file One training step of every preset, from the same weights on the same batch, equals Keras'.
 *
 * Deep networks are compared with Keras in float64, from weights that keep clear of kinks (`twin/kinks.py`). For float32
 * does not know their gradients elsewhere: of the million values that their ReLUs see, a few are nearer to 0 than rounding
 * and fall on either side. Found from fresh weights, as the largest distance from Keras in float64, as a share of the
 * tensor's largest number, in the gradient that is farthest:
 *
 * | preset, batch                   | plain   | in blocks | Keras in float32 | clear of kinks: plain, in blocks, Keras |
 * |---------------------------------|---------|-----------|------------------|-----------------------------------------|
 * | mobilenetv2, 8 of 64x64         | 0.00002 | 0.03      | 0.06             | 0.00003, 0.00002, 0.00003               |
 * | resnet50v2, 4 of 64x64          | 0.03    | 0.03      | 0.01             | 0.00009, 0.00005, 0.0001                |
 * | small-resnet, 4, two half black | 0.000003| 0.3       | 0.3              | 0.000003, 0.000004, 0.000008            |
 *
 * Who is near and who is far is luck, as one pixel decides it. Clear of kinks, Pictor's error is about half of Keras'.
 */
import { describe } from 'vitest';
import { PRESETS, type PresetName, type PresetShape, presetNetwork } from '../../src/nn/index.ts';
import { type StepCase, stepCase } from './support/step-case.ts';
import { itEqualsKeras } from './support/suite.ts';

interface PresetCase extends PresetShape {
  readonly batchSize: number;
  /** With normalisations, whose weights are away from their first values. */
  readonly deep?: true;
}

/** Total over the presets: a new one without a line does not compile. Pictures have the preset's own size, but for deep networks. */
const CASES: { readonly [P in PresetName]: PresetCase } = {
  'nitric-cnn': { ...PRESETS['nitric-cnn'].image, classes: 5, batchSize: 8 },
  'tfaas-mnist': { ...PRESETS['tfaas-mnist'].image, classes: 10, batchSize: 32 },
  'keras-mnist': { ...PRESETS['keras-mnist'].image, classes: 10, batchSize: 32 },
  lenet: { ...PRESETS.lenet.image, classes: 10, batchSize: 32 },
  'compact-cnn': { ...PRESETS['compact-cnn'].image, classes: 10, batchSize: 32 },
  'wide-cnn': { ...PRESETS['wide-cnn'].image, classes: 10, batchSize: 16 },
  'small-resnet': { height: 96, width: 96, channels: 3, classes: 5, batchSize: 8, deep: true },
  mobilenetv2: { height: 64, width: 64, channels: 3, classes: 5, batchSize: 8, deep: true },
  resnet50v2: { height: 64, width: 64, channels: 3, classes: 5, batchSize: 8, deep: true },
};

function steps(deep: boolean): StepCase[] {
  return Object.entries(CASES)
    .filter(([, item]) => (item.deep ?? false) === deep)
    .map(([name, { batchSize, deep: _, ...shape }]) =>
      stepCase({
        name,
        network: presetNetwork(name, shape),
        optimizer: PRESETS[name as PresetName].optimizer,
        batchSize,
        classes: shape.classes,
        seed: 1,
        normalizations: deep ? 'used' : 'fresh',
      }),
    );
}

describe('a training step of', () => {
  itEqualsKeras(steps(false), { eager: false });
});

describe('a training step, beside Keras in float64, of', () => {
  itEqualsKeras(steps(true), { eager: false, exact: true });
});
