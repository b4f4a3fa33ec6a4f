/** @file Weights of our own models in another network of the same base. */
import { describe, expect, it } from 'vitest';
import { conv2d, dense, flatten, initialWeights, sequential } from '../nn/index.ts';
import { takeWeights } from './take-weights.ts';

const network = (filters: number, classes: number, head = 'scores') =>
  sequential('net', { height: 4, width: 4, channels: 1 }, [
    conv2d({ filters, kernelSize: 3, name: 'features' }),
    flatten(),
    dense({ units: classes, name: head }),
  ]);

describe('takeWeights', () => {
  const given = initialWeights(network(2, 3), 5);

  it('takes all weights of the same network', () => {
    const { weights, fresh, unused } = takeWeights(given, network(2, 3), 'digits:1');
    expect([...weights]).toEqual([...given]);
    expect({ fresh, unused }).toEqual({ fresh: [], unused: [] });
  });

  it('leaves the head out when the classes are others, or it has another name', () => {
    expect(takeWeights(given, network(2, 4), 'digits:1')).toMatchObject({
      fresh: ['scores/kernel', 'scores/bias'],
      unused: [],
    });
    expect(takeWeights(given, network(2, 3, 'answer'), 'digits:1')).toMatchObject({
      fresh: ['answer/kernel', 'answer/bias'],
      unused: ['scores'],
    });
  });

  it('refuses another base, and numbers that are none', () => {
    expect(() => takeWeights(given, network(3, 3), 'digits:1')).toThrow(
      'digits:1 holds the weights of another architecture than net: 2 of another shape. features/kernel has shape [2, 1, 3, 3] instead of [3, 1, 3, 3]; features/bias has shape [2] instead of [3].',
    );
    const broken = new Map(given).set('features/bias', { shape: [2], data: Float32Array.of(0, Number.NaN) });
    expect(() => takeWeights(broken, network(2, 3), 'digits:1')).toThrow(
      expect.objectContaining({ code: 'model_file_invalid' }),
    );
  });
});
