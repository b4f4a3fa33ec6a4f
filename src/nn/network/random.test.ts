/** @file Small networks put together at random: whatever fits together has the right gradients. */
import { describe, it } from 'vitest';
import { checkNetwork } from '../testing/check-network.ts';
import { fittingNetwork, RANDOM_NETWORK_CLASSES } from '../testing/random-network.ts';

const NETWORKS = 40;

describe('random networks', () => {
  it.each(Array.from({ length: NETWORKS }, (_, seed) => seed))('number %i', async (seed) => {
    await checkNetwork(fittingNetwork(seed), { batchSize: 2, classes: RANDOM_NETWORK_CLASSES, elements: 2 });
  });
});
