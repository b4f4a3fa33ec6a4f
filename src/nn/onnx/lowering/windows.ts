/** @file What convolutions and pools share: their ONNX attributes, and adding windows back into a picture. */
import { fixed } from '../../graph/graph.ts';
import type { ConvolutionAttributes, ConvolutionGradientAttributes, Pads, Pair, Shape } from '../../graph/ops.ts';
import { windowReach } from '../../graph/window.ts';
import type { OnnxWriter } from '../writer.ts';
import { padPixels, positive } from './rule.ts';

/** What has its default is left out, as not every operation that has windows has groups and dilations. */
export function windowAttributes(attributes: ConvolutionAttributes): Record<string, number | readonly number[]> {
  const { kernel, strides, pads, dilations = [1, 1], groups = 1 } = attributes;
  return {
    kernel_shape: kernel,
    strides,
    pads,
    ...(dilations.every((dilation) => dilation === 1) ? {} : { dilations }),
    ...(groups === 1 ? {} : { group: groups }),
  };
}

/** Height and width of `[n, c, h, w]`. */
export function pictureSize(shape: Shape): Pair {
  return [fixed(shape, 2), fixed(shape, 3)];
}

export interface ScatterOptions {
  /** `[n, out, windows...]`. */
  readonly gradient: string;
  /** `[out, in / groups, kernel...]`. */
  readonly kernel: string;
  readonly attributes: ConvolutionGradientAttributes;
  /** Number of windows down and across. */
  readonly windows: Pair;
  readonly output?: string;
}

/** Each window's number times the kernel, added up where the window stood: `[n, in, inputSize...]`. */
export function scatterWindows(writer: OnnxWriter, options: ScatterOptions): string {
  const { strides, pads, inputSize } = options.attributes;
  const reachOfWindow = windowReach(options.attributes);
  // Pixels at the end that no window reaches: they eat into the padding; what the padding cannot give stays 0.
  const endPad = (axis: 0 | 1): number => {
    const reached = (options.windows[axis] - 1) * strides[axis] + reachOfWindow[axis];
    return pads[axis + 2] - (inputSize[axis] + pads[axis] + pads[axis + 2] - reached);
  };
  const reach: Pads = [pads[0], pads[1], endPad(0), endPad(1)];
  const attributes = windowAttributes({ ...options.attributes, pads: positive(reach) });
  const inputs = [options.gradient, options.kernel];
  if (reach.every((pad) => pad >= 0)) return writer.node('ConvTranspose', inputs, attributes, options.output);
  const reached = writer.node('ConvTranspose', inputs, attributes);
  const [top, left, bottom, right] = reach;
  return padPixels(writer, reached, positive([-top, -left, -bottom, -right]), options.output);
}

/** Repeats every element over its tile; pixels at the end that belong to no tile get 0. */
export function repeatTiles(
  writer: OnnxWriter,
  x: string,
  tile: Pair,
  tiles: Pair,
  size: Pair,
  output?: string,
): string {
  const rest: Pads = [0, 0, size[0] - tiles[0] * tile[0], size[1] - tiles[1] * tile[1]];
  const resize = (name?: string): string =>
    writer.node(
      'Resize',
      [x, '', writer.floats([1, 1, ...tile])],
      { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
      name,
    );
  if (rest.every((pixels) => pixels === 0)) return resize(output);
  return padPixels(writer, resize(), rest, output);
}
