/** @file Every case of every layer, between other layers: forward, gradients, statistics and a step equal Keras'. */
import { describe } from 'vitest';
import type { LayerType, OptimizerSpec } from '../../src/contracts/index.ts';
import { CASE_CLASSES, caseNetwork } from '../../src/nn/testing/case-network.ts';
import type { LayerCase } from '../../src/nn/testing/layer-case.ts';
import { LAYER_CASES } from '../../src/nn/testing/layer-cases.ts';
import { type StepCase, stepCase } from './support/step-case.ts';
import { itEqualsKeras } from './support/suite.ts';

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
  itEqualsKeras(steps);
});
