/** @file One training step of every preset, from the same weights on the same batch, equals Keras'. */
import { describe } from 'vitest';
import type { NetworkSpec } from '../../src/contracts/index.ts';
import { PRESETS, type PresetName, type PresetShape, presetNetwork } from '../../src/nn/index.ts';
import { type StepCase, stepCase } from './support/step-case.ts';
import { itEqualsKeras } from './support/suite.ts';

interface PresetCase extends PresetShape {
  readonly batchSize: number;
  /**
   * For deep networks: even regions give the same number at many pixels, and which of them is the largest, or above 0, is
   * then decided by rounding, layer after layer.
   */
  readonly noise?: boolean;
  /**
   * For networks so deep that some number always lies at a kink of relu, which rounding then takes to one side or the other:
   * tanh stands in its place. The values of relu are compared in pretrained.test.ts, its gradient in layers.test.ts.
   */
  readonly smooth?: boolean;
}

/** Total over the presets: a new one without a line does not compile. Pictures have the preset's own size, but for deep networks. */
const CASES: { readonly [P in PresetName]: PresetCase } = {
  'nitric-cnn': { ...PRESETS['nitric-cnn'].image, classes: 5, batchSize: 8 },
  'tfaas-mnist': { ...PRESETS['tfaas-mnist'].image, classes: 10, batchSize: 32 },
  'keras-mnist': { ...PRESETS['keras-mnist'].image, classes: 10, batchSize: 32 },
  lenet: { ...PRESETS.lenet.image, classes: 10, batchSize: 32 },
  'compact-cnn': { ...PRESETS['compact-cnn'].image, classes: 10, batchSize: 32 },
  'wide-cnn': { ...PRESETS['wide-cnn'].image, classes: 10, batchSize: 16 },
  'small-resnet': { ...PRESETS['small-resnet'].image, classes: 5, batchSize: 4, noise: true },
  mobilenetv2: { height: 64, width: 64, channels: 3, classes: 5, batchSize: 8, noise: true, smooth: true },
  resnet50v2: { height: 64, width: 64, channels: 3, classes: 5, batchSize: 4, noise: true, smooth: true },
};

const steps: StepCase[] = Object.entries(CASES).map(([name, { batchSize, noise, smooth, ...shape }]) =>
  stepCase({
    name,
    network: smooth ? smoothed(presetNetwork(name, shape)) : presetNetwork(name, shape),
    // Adam makes a whole step of a gradient that is nothing but rounding; there are always some in deep networks.
    optimizer: smooth ? { kind: 'sgd', learningRate: 0.01 } : PRESETS[name as PresetName].optimizer,
    batchSize,
    classes: shape.classes,
    seed: 1,
    ...(noise ? { noise } : {}),
  }),
);

function smoothed(network: NetworkSpec): NetworkSpec {
  const nodes = network.nodes.map((node) =>
    node.layer === 'Activation' ? { ...node, config: { activation: 'tanh' as const } } : node,
  );
  return { ...network, nodes };
}

describe('a training step of', () => {
  itEqualsKeras(steps, { eager: false });
});
