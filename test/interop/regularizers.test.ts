/** @file What regularisers add to the loss and to the gradients: of every weight that may have one, as in Keras. */
import { describe } from 'vitest';
import type { LayerConfigs, LayerType, NetworkSpec, OptimizerSpec, Regularizer } from '../../src/contracts/index.ts';
import {
  add,
  apply,
  conv2d,
  dense,
  flatten,
  functional,
  input,
  rescaling,
  sequential,
  spatialDropout2d,
} from '../../src/nn/index.ts';
import { CASE_CLASSES, caseNetwork } from '../../src/nn/testing/case-network.ts';
import type { LayerCase } from '../../src/nn/testing/layer-case.ts';
import { type StepCase, stepCase } from './support/step-case.ts';
import { itEqualsKeras } from './support/suite.ts';

type RegularizerOf<T extends LayerType> = Extract<keyof LayerConfigs[T], `${string}Regularizer`>;
type Regularized = { [T in LayerType]: RegularizerOf<T> extends never ? never : T }[LayerType];

const [L1, L2, BOTH]: readonly Regularizer[] = [{ l1: 0.03 }, { l2: 0.2 }, { l1: 0.02, l2: 0.1 }];

/** Total over the weights of all layers that take a regulariser: a new one without a line does not compile. */
const CASES: {
  readonly [T in Regularized]: {
    readonly config: LayerConfigs[T];
    readonly regularizers: { readonly [R in RegularizerOf<T>]: Regularizer };
    readonly flat?: true;
  };
} = {
  Conv2D: { config: { filters: 2, kernelSize: 3 }, regularizers: { kernelRegularizer: BOTH, biasRegularizer: L1 } },
  DepthwiseConv2D: {
    config: { kernelSize: 3, depthMultiplier: 2 },
    regularizers: { depthwiseRegularizer: BOTH, biasRegularizer: L2 },
  },
  SeparableConv2D: {
    config: { filters: 2, kernelSize: 2 },
    regularizers: { depthwiseRegularizer: L2, pointwiseRegularizer: L1, biasRegularizer: BOTH },
  },
  Conv2DTranspose: {
    config: { filters: 2, kernelSize: 3, strides: 2 },
    regularizers: { kernelRegularizer: L2, biasRegularizer: L1 },
  },
  Dense: { config: { units: 3 }, regularizers: { kernelRegularizer: L1, biasRegularizer: BOTH }, flat: true },
  PReLU: { config: {}, regularizers: { alphaRegularizer: BOTH } },
  BatchNormalization: { config: {}, regularizers: { gammaRegularizer: BOTH, betaRegularizer: L1 } },
  LayerNormalization: { config: {}, regularizers: { gammaRegularizer: L2, betaRegularizer: BOTH } },
};

const IMAGE = { height: 6, width: 5, channels: 3 } as const;
const SGD: OptimizerSpec = { kind: 'sgd', learningRate: 0.1 };

function step(name: string, network: NetworkSpec, optimizer = SGD): StepCase {
  return stepCase({ name, network, optimizer, batchSize: 4, classes: CASE_CLASSES, seed: 11 });
}

const alone = (Object.keys(CASES) as Regularized[]).map((layer) => {
  const { config, regularizers, flat } = CASES[layer];
  const item = { what: 'regularised', config: { ...config, ...regularizers }, flat, outputShape: [] };
  return step(layer, caseNetwork(layer, item as LayerCase<Regularized>));
});

/** A layer that is used twice is paid for once. */
function shared(): NetworkSpec {
  const layer = conv2d({ filters: 3, kernelSize: 3, padding: 'same', kernelRegularizer: BOTH, biasRegularizer: L1 });
  const start = input(IMAGE).through(rescaling({ scale: 1 / 100, offset: -1 }), layer);
  return functional('shared', apply(add(), [start, start.through(layer)]).through(flatten(), dense({ units: 3 })));
}

/** What is not trained costs nothing; dropout scales outputs, not penalties. */
function frozen(): NetworkSpec {
  return sequential('frozen', IMAGE, [
    rescaling({ scale: 1 / 100, offset: -1 }),
    conv2d({ filters: 4, kernelSize: 3, kernelRegularizer: BOTH, trainable: false }),
    spatialDropout2d({ rate: 0.5 }),
    flatten(),
    dense({ units: 3, kernelRegularizer: L2 }),
  ]);
}

describe('regularisers as in Keras:', () => {
  itEqualsKeras([
    ...alone,
    step('a shared layer', shared()),
    step('a frozen layer', frozen()),
    step('beside weight decay', shared(), { kind: 'adamw', learningRate: 0.01, weightDecay: 0.3 }),
    step('before clipping', shared(), { ...SGD, clip: { kind: 'globalNorm', limit: 0.05 } }),
  ]);
});
