/** @file Small networks put together at random: whatever fits together trains as in Keras. */
import { beforeAll, describe, expect, it } from 'vitest';
import { fittingNetwork, RANDOM_NETWORK_CLASSES } from '../../src/nn/testing/random-network.ts';
import { differences } from './support/compare.ts';
import { askKeras, type Tensors } from './support/keras.ts';
import { ourStep } from './support/our-step.ts';
import { type StepCase, stepCase } from './support/step-case.ts';

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
  let answers: readonly (Tensors | Error)[];
  beforeAll(async () => {
    answers = await askKeras(steps);
  });

  it.each(steps.map((step, index) => [step.name, index] as const))('%s', async (_, index) => {
    const keras = answers[index];
    if (keras instanceof Error) throw keras;
    expect(differences(await ourStep(steps[index]), keras), JSON.stringify(steps[index].network)).toEqual([]);
  });
});
