/** @file Every case of every layer, between other layers: forward, gradients, statistics and a step equal Keras'. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LayerType, OptimizerSpec } from '../../src/contracts/index.ts';
import { CASE_CLASSES, caseNetwork } from '../../src/nn/testing/case-network.ts';
import type { LayerCase } from '../../src/nn/testing/layer-case.ts';
import { LAYER_CASES } from '../../src/nn/testing/layer-cases.ts';
import { differences } from './support/compare.ts';
import { askKeras, type Tensors } from './support/keras.ts';
import { ourStep } from './support/our-step.ts';
import { type StepCase, stepCase } from './support/step-case.ts';

/** A step that shows the gradients as they are. */
const OPTIMIZER: OptimizerSpec = { kind: 'sgd', learningRate: 0.1 };

const cases = (Object.keys(LAYER_CASES) as LayerType[]).flatMap((layer) =>
  (LAYER_CASES[layer] as readonly LayerCase<LayerType>[]).map((item) => ({
    name: `${layer}, ${item.what}`,
    network: caseNetwork(layer, item),
  })),
);
const steps: StepCase[] = cases.map(({ name, network }, index) =>
  stepCase({ name, network, optimizer: OPTIMIZER, batchSize: 4, classes: CASE_CLASSES, seed: index }),
);

describe('a layer as in Keras:', () => {
  let answers: readonly (Tensors | Error)[];
  beforeAll(async () => {
    answers = await askKeras(steps);
  });

  it.each(steps.map((step, index) => [step.name, index] as const))('%s', async (_, index) => {
    const keras = answers[index];
    if (keras instanceof Error) throw keras;
    expect(differences(await ourStep(steps[index]), keras)).toEqual([]);
  });
});
