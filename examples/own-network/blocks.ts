/** @file Layers that the network repeats: a file beside it, imported by its name. */
import { conv2d, type Layer, maxPooling2d } from 'pictor/nn';

/** A convolution and a pool for each number of filters. */
export function convolutions(...filters: readonly number[]): Layer[] {
  return filters.flatMap((count) => [conv2d({ filters: count, kernelSize: 3, activation: 'relu' }), maxPooling2d()]);
}
