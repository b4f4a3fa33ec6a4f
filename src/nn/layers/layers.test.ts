/** @file Every layer: its shape, its parameters, and its gradients between two other layers. */
import { describe, expect, it } from 'vitest';
import type { LayerType } from '../../contracts/index.ts';
import { describeNetwork } from '../network/describe.ts';
import { conv2d, dense, flatten, type Layer, rescaling, sequential } from '../network/sequential.ts';
import { checkNetwork } from '../testing/check-network.ts';
import type { LayerCase } from '../testing/layer-case.ts';
import { LAYER_CASES, SMALL_IMAGE } from '../testing/layer-cases.ts';
import { LAYERS } from './index.ts';

describe.each(Object.keys(LAYERS) as LayerType[])('%s', (layer) => {
  const cases = LAYER_CASES[layer] as readonly LayerCase<LayerType>[];

  it('has a case', () => {
    expect(cases.length).toBeGreaterThan(0);
  });

  it.each(cases)(
    '$what: shape and parameters',
    ({ config, flat, image = SMALL_IMAGE, outputShape, parameters = {} }) => {
      const own = { layer, config, name: 'own' } as Layer;
      const spec = sequential('one', image, [...(flat ? [flatten()] : []), own, flatten(), dense({ units: 2 })]);
      const description = describeNetwork(spec);
      const found = description.layers.find(({ name }) => name === 'own');
      expect(found?.outputShape).toEqual(outputShape);
      const shapes = description.parameters
        .filter(({ name }) => name.startsWith('own/'))
        .map(({ name, shape }) => [name.slice('own/'.length), shape]);
      expect(Object.fromEntries(shapes)).toEqual(parameters);
    },
  );

  it.each(cases)('$what: gradients', async ({ what, config, flat, image = SMALL_IMAGE }) => {
    const own = { layer, config, name: 'own' } as Layer;
    // Layers with parameters on both sides, so that a gradient has to pass through.
    const before = conv2d({ filters: image.channels, kernelSize: [3, 3], padding: 'same', name: 'before' });
    const scaled = rescaling({ scale: 1 / 100, offset: -1, name: 'scaled' });
    const after = [flatten({ name: 'last' }), dense({ units: 3, name: 'after' })];
    const layers = [scaled, before, ...(flat ? [flatten()] : []), own, ...after];
    const spec = sequential(`${layer}, ${what}`, image, layers);
    await checkNetwork(spec, { batchSize: 2, classes: 3, elements: 8 });
  });
});
