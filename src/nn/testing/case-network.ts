/** @file The network that a layer is tested in. */
import type { LayerType, NetworkSpec } from '../../contracts/index.ts';
import { apply, functional, input } from '../network/functional.ts';
import type { Layer } from '../network/layer.ts';
import { conv2d, dense, flatten, rescaling } from '../network/sequential.ts';
import type { LayerCase } from './layer-case.ts';
import { SMALL_IMAGE } from './layer-cases.ts';

export const CASE_CLASSES = 3;

/** Layers with parameters on both sides of the layer, which is called `own`, so that a gradient has to pass through. */
export function caseNetwork<T extends LayerType>(layer: T, item: LayerCase<T>): NetworkSpec {
  const { what, config, flat, image = SMALL_IMAGE, inputs = [{ filters: image.channels }] } = item;
  const scaled = input(image).through(rescaling({ scale: 1 / 100, offset: -1, name: 'scaled' }));
  const before = inputs.map(({ filters, onePixel }, index) => {
    const name = index === 0 ? 'before' : `before_${index}`;
    const same = { filters, kernelSize: [3, 3], padding: 'same', name } as const;
    const convolution = onePixel ? ({ filters, kernelSize: [image.height, image.width], name } as const) : same;
    return scaled.through(conv2d(convolution), ...(flat ? [flatten()] : []));
  });
  const own = apply({ layer, config, name: 'own' } as Layer, before);
  const logits = own.through(flatten({ name: 'last' }), dense({ units: CASE_CLASSES, name: 'after' }));
  return functional(`${layer}, ${what}`, logits);
}
