/** @file Every layer: its shape, its parameters, and its gradients between two other layers. */
import { describe, expect, it } from 'vitest';
import type { LayerType } from '../../contracts/index.ts';
import { describeNetwork } from '../network/describe.ts';
import { CASE_CLASSES, caseNetwork } from '../testing/case-network.ts';
import { checkNetwork } from '../testing/check-network.ts';
import type { LayerCase } from '../testing/layer-case.ts';
import { LAYER_CASES } from '../testing/layer-cases.ts';
import { LAYERS } from './index.ts';

describe.each(Object.keys(LAYERS) as LayerType[])('%s', (layer) => {
  const cases = LAYER_CASES[layer] as readonly LayerCase<LayerType>[];

  it('has a case', () => {
    expect(cases.length).toBeGreaterThan(0);
  });

  it.each(cases)('$what: shape and parameters', (item) => {
    const description = describeNetwork(caseNetwork(layer, item));
    const found = description.layers.find(({ name }) => name === 'own');
    expect(found?.outputShape).toEqual(item.outputShape);
    const shapes = description.parameters
      .filter(({ name }) => name.startsWith('own/'))
      .map(({ name, shape }) => [name.slice('own/'.length), shape]);
    expect(Object.fromEntries(shapes)).toEqual(item.parameters ?? {});
  });

  it.each(cases)('$what: gradients', async (item) => {
    const spec = caseNetwork(layer, item);
    await checkNetwork(spec, { batchSize: 2, classes: CASE_CLASSES, elements: 8 });
  });
});
