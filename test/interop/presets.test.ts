/**
 * @file One training step of every preset, from the same weights on the same batch, equals Keras'.
 *
 * Deep networks are compared with Keras in float64, from weights that keep clear of kinks (`twin/kinks.py`), as float32
 * does not know their gradients elsewhere: of the million values that their ReLUs see in a batch, a few are nearer to 0 than
 * rounding, and fall on either side. What was found, as the distance from Keras in float64 in the gradient that is
 * farthest, as a share of that tensor's largest number:
 *
 * | preset, weights, batch                            | plain | in blocks | Keras in float32 |
 * |---------------------------------------------------|-------|-----------|------------------|
 * | mobilenetv2, fresh, 8 of 64x64                    | 2e-5  | 3e-2      | 6e-2             |
 * | resnet50v2, fresh, 4 of 64x64                     | 3e-2  | 3e-2      | 1e-2             |
 * | small-resnet, fresh, 4 of 128x128, two half black | 3e-6  | 3e-1      | 3e-1             |
 * | clear of kinks: mobilenetv2, fresh, 8 of 64x64    | 3e-5  | 2e-5      | 3e-5             |
 * | resnet50v2, fresh, 4 of 64x64                     | 9e-5  | 5e-5      | 1e-4             |
 * | small-resnet, fresh, 4 of 128x128, two half black | 3e-6  | 4e-6      | 8e-6             |
 * | mobilenetv2, used, 8 of 96x96                     | 2e-5  | 3e-5      | 4e-5             |
 * | resnet50v2, used, 8 of 96x96                      | 8e-5  | 1e-4      | 2e-4             |
 *
 * Above, one pixel decides, by luck, who is near and who is far. Clear of kinks all agree, and Keras in float32 is the
 * farthest. Losses were within 7e-6 everywhere.
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
  'wide-cnn': { height: 28, width: 28, channels: 1, classes: 10, batchSize: 4 },
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
