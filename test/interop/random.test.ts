/** @file Small networks put together at random: whatever fits together trains as in Keras. */
import { describe } from 'vitest';
import { fittingNetwork, RANDOM_NETWORK_CLASSES } from '../../src/nn/testing/random-network.ts';
import { type StepCase, stepCase } from './support/step-case.ts';
import { itEqualsKeras } from './support/suite.ts';

/** Seeds other than those of the unit tests, so that more networks are seen. */
const FIRST_SEED = Number(process.env.PICTOR_INTEROP_SEED ?? 1000);
const NETWORKS = Number(process.env.PICTOR_INTEROP_NETWORKS ?? 100);

const steps: StepCase[] = Array.from({ length: NETWORKS }, (_, index) => {
  const seed = FIRST_SEED + index;
  return stepCase({
    name: `seed ${seed}`,
    network: fittingNetwork(seed),
    optimizer: { kind: 'sgd', learningRate: 0.1 },
    batchSize: 3,
    classes: RANDOM_NETWORK_CLASSES,
    seed,
  });
});

describe('a random network as in Keras:', () => {
  itEqualsKeras(steps);
});
