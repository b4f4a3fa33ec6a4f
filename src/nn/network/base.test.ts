/** @file The base of a network, and what a step computes when it is frozen. */
import { describe, expect, it } from 'vitest';
import type { NetworkSpec } from '../../contracts/index.ts';
import { gradientsGraph } from '../compile/gradients.ts';
import { presetNetwork } from '../presets/index.ts';
import { baseLayers, headLayers } from './base.ts';
import { conv2d, dense, dropout, flatten, sequential } from './sequential.ts';

const SMALL = sequential('small', { height: 6, width: 6, channels: 1 }, [
  conv2d({ filters: 2, kernelSize: 3 }),
  flatten(),
  dense({ units: 4 }),
  dropout({ rate: 0.5 }),
  dense({ units: 2 }),
]);

describe('baseLayers', () => {
  it('is all but the last layer with weights, unless the network says where it ends', () => {
    expect([...baseLayers(SMALL)]).toEqual(['conv2d', 'flatten', 'dense', 'dropout']);
    expect([...baseLayers({ ...SMALL, base: 'flatten' })]).toEqual(['conv2d', 'flatten']);
    expect([...headLayers({ ...SMALL, base: 'flatten' })]).toEqual(['dense', 'dropout', 'dense_1']);
  });

  it.each(['mobilenetv2', 'resnet50v2'])('of %s is all but its last layer, which alone has gradients then', (name) => {
    const network = presetNetwork(name, { height: 32, width: 32, channels: 3, classes: 4 });
    expect([...headLayers(network)]).toEqual(['predictions']);
    const base = baseLayers(network);
    const frozen = {
      ...network,
      nodes: network.nodes.map((node) => (base.has(node.name) ? { ...node, trainable: false } : node)),
    } as NetworkSpec;
    const { graph, states } = gradientsGraph(frozen, { batchSize: 2 });
    expect(graph.outputs.map((output) => output.name)).toEqual([
      'loss',
      'correct',
      'grad:predictions/kernel',
      'grad:predictions/bias',
    ]);
    expect(states).toEqual([]);
    expect(graph.nodes.map(({ op }) => op).filter((op) => /Gradient/.test(op) && op !== 'softmaxGradient')).toEqual([]);
  });
});
