/** @file Every loss and every optimizer, with what they may be given: a training step equals Keras'. */
import { describe } from 'vitest';
import type { LossKind, LossSpec, OptimizerKind, OptimizerSpec, OutputActivation } from '../../src/contracts/index.ts';
import { conv2d, dense, flatten, maxPooling2d, rescaling, sequential } from '../../src/nn/index.ts';
import { type StepCase, stepCase } from './support/step-case.ts';
import { itEqualsKeras } from './support/suite.ts';

const CLASSES = 4;

/** Total over the losses: a new one without a line does not compile. */
const LOSS_CASES: {
  readonly [K in LossKind]: readonly (readonly [OutputActivation, Omit<Extract<LossSpec, { kind: K }>, 'kind'>])[];
} = {
  crossEntropy: [
    ['softmax', {}],
    ['softmax', { labelSmoothing: 0.2 }],
  ],
  binaryCrossEntropy: [
    ['sigmoid', {}],
    ['sigmoid', { labelSmoothing: 0.2 }],
  ],
  focal: [
    ['softmax', {}],
    ['softmax', { gamma: 1.5, alpha: 0.5, labelSmoothing: 0.1 }],
  ],
  meanSquaredError: [
    ['softmax', {}],
    ['sigmoid', {}],
  ],
};

/** Total over the optimizers. */
const OPTIMIZER_CASES: {
  readonly [K in OptimizerKind]: readonly Omit<Extract<OptimizerSpec, { kind: K }>, 'kind'>[];
} = {
  sgd: [
    { learningRate: 0.1, momentum: 0.9, nesterov: true },
    { learningRate: 0.1, weightDecay: 0.5, excludeFromDecay: ['bias'] },
    { learningRate: 0.1, clip: { kind: 'value', limit: 0.01 } },
    { learningRate: 0.1, clip: { kind: 'norm', limit: 0.05 } },
    { learningRate: 0.1, clip: { kind: 'globalNorm', limit: 0.05 } },
  ],
  adam: [{ learningRate: 0.01, beta1: 0.8, beta2: 0.9, epsilon: 1e-3, amsgrad: true }],
  adamw: [{ learningRate: 0.01 }, { learningRate: 0.01, weightDecay: 0.3 }],
  rmsprop: [{ learningRate: 0.01 }, { learningRate: 0.01, rho: 0.8, momentum: 0.5, centered: true, epsilon: 1e-3 }],
  adagrad: [{ learningRate: 0.05 }, { learningRate: 0.05, initialAccumulator: 0.01 }],
  adadelta: [{ learningRate: 1 }, { learningRate: 1, rho: 0.9, epsilon: 1e-5 }],
};

function step(name: string, outputActivation: OutputActivation, optimizer: OptimizerSpec, loss?: LossSpec): StepCase {
  const network = sequential('small', { height: 8, width: 7, channels: 3 }, [
    rescaling({ scale: 1 / 128, offset: -1 }),
    conv2d({ filters: 5, kernelSize: 3, activation: 'tanh' }),
    maxPooling2d(),
    flatten(),
    dense({ units: CLASSES }),
  ]);
  return stepCase({
    name,
    network: { ...network, outputActivation },
    optimizer,
    ...(loss ? { loss } : {}),
    batchSize: 6,
    classes: CLASSES,
    seed: 7,
  });
}

describe('a step with the loss', () => {
  itEqualsKeras(
    Object.entries(LOSS_CASES).flatMap(([kind, cases]) =>
      cases.map(([end, options]) => {
        const loss = { kind, ...options } as LossSpec;
        return step(`${JSON.stringify(loss)} of ${end}`, end, { kind: 'sgd', learningRate: 0.1 }, loss);
      }),
    ),
  );
});

describe('a step with the optimizer', () => {
  itEqualsKeras(
    Object.entries(OPTIMIZER_CASES).flatMap(([kind, cases]) =>
      cases.map((options) => {
        const optimizer = { kind, ...options } as OptimizerSpec;
        return step(JSON.stringify(optimizer), 'softmax', optimizer);
      }),
    ),
  );
});
