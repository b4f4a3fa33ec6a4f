/** @file The network that a layer is tested in. */
import type { LayerType, NetworkSpec } from '../../contracts/index.ts';
import { conv2d, dense, flatten, type Layer, rescaling, sequential } from '../network/sequential.ts';
import type { LayerCase } from './layer-case.ts';
import { SMALL_IMAGE } from './layer-cases.ts';

export const CASE_CLASSES = 3;

/** Layers with parameters on both sides of the layer, which is called `own`, so that a gradient has to pass through. */
export function caseNetwork<T extends LayerType>(
  layer: T,
  { what, config, flat, image = SMALL_IMAGE }: LayerCase<T>,
): NetworkSpec {
  return sequential(`${layer}, ${what}`, image, [
    rescaling({ scale: 1 / 100, offset: -1, name: 'scaled' }),
    conv2d({ filters: image.channels, kernelSize: [3, 3], padding: 'same', name: 'before' }),
    ...(flat ? [flatten()] : []),
    { layer, config, name: 'own' } as Layer,
    flatten({ name: 'last' }),
    dense({ units: CASE_CLASSES, name: 'after' }),
  ]);
}
