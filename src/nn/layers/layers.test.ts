/** @file Every layer: its shape, its parameters, and its gradients between two other layers. */
import { describe, expect, it } from 'vitest';
import type { LayerType } from '../../contracts/index.ts';
import { describeNetwork } from '../network/describe.ts';
import { dense, flatten, type Layer, sequential } from '../network/sequential.ts';
import { CASE_CLASSES, caseNetwork } from '../testing/case-network.ts';
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

  it.each(cases)('$what: gradients', async (item) => {
    const spec = caseNetwork(layer, item);
    await checkNetwork(spec, { batchSize: 2, classes: CASE_CLASSES, elements: 8 });
  });
});
