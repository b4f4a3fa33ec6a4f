/** @file Regularisers: what they add to the loss, and to whose gradient. */
import { describe, expect, it } from 'vitest';
import type { NetworkSpec, Regularizer } from '../../contracts/index.ts';
import { conv2d, dense, flatten, rescaling, sequential } from '../network/sequential.ts';
import { initialWeights } from '../network/weights.ts';
import { array64 } from '../testing/array64.ts';
import { checkNetwork } from '../testing/check-network.ts';
import { evaluateGraph } from '../testing/reference.ts';
import { gradientsGraph } from './gradients.ts';

function network(regularizer: Regularizer | null, trainable = true): NetworkSpec {
  const cost = regularizer ? { kernelRegularizer: regularizer, biasRegularizer: { l1: 0.5 } } : {};
  return sequential('penalised', { height: 3, width: 3, channels: 1 }, [
    rescaling({ scale: 1 / 255 }),
    conv2d({ filters: 2, kernelSize: 2, biasInitializer: { kind: 'constant', value: -0.25 }, trainable, ...cost }),
    flatten(),
    dense({ units: 2 }),
  ]);
}

function lossOf(spec: NetworkSpec, penaltyWeight: number): number {
  const { graph } = gradientsGraph(spec, { batchSize: 1 });
  const feeds = new Map([
    ['images', array64([1, 3, 3, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9], 'uint8')],
    ['labels', array64([1], [1], 'int64')],
    ['sampleWeights', array64([1], [1])],
    ['penaltyWeight', array64([], [penaltyWeight])],
    ...[...initialWeights(spec, 1)].map(([name, { shape, data }]) => [name, array64(shape, data)] as const),
  ]);
  return evaluateGraph(graph, feeds).get('loss')?.data[0] ?? Number.NaN;
}

describe('regularisers', () => {
  it('add l1 * sum of sizes and l2 * sum of squares, times the share', () => {
    const plain = lossOf(network(null), 1);
    const kernel = initialWeights(network(null), 1).get('conv2d/kernel')?.data ?? [];
    const sizes = [...kernel].reduce((sum, value) => sum + Math.abs(value), 0);
    const squares = [...kernel].reduce((sum, value) => sum + value * value, 0);
    const penalty = 0.3 * sizes + 0.7 * squares + 0.5 * 2 * 0.25;
    expect(lossOf(network({ l1: 0.3, l2: 0.7 }), 1)).toBeCloseTo(plain + penalty, 9);
    expect(lossOf(network({ l1: 0.3, l2: 0.7 }), 0.25)).toBeCloseTo(plain + penalty / 4, 9);
  });

  it('have the gradients that differences have', async () => {
    await checkNetwork(network({ l1: 0.3, l2: 0.7 }), { batchSize: 2, classes: 2, elements: 6 });
  });

  it('cost nothing when the layer is frozen, and then there is no such input', () => {
    const inputs = (spec: NetworkSpec): string[] =>
      gradientsGraph(spec, { batchSize: 1 }).graph.inputs.map(({ name }) => name);
    expect(inputs(network({ l2: 1 }))).toContain('penaltyWeight');
    expect(inputs(network({ l2: 1 }, false))).not.toContain('penaltyWeight');
    expect(inputs(network(null))).not.toContain('penaltyWeight');
    expect(lossOf(network({ l2: 1 }, false), 1)).toBe(lossOf(network(null), 1));
  });
});
