/** @file Sliding windows as layers have them: size of the result, or why there is none. */
import type { EdgesArgument, Padding, SizeArgument } from '../../contracts/index.ts';
import type { Pads, Pair, WindowAttributes } from '../graph/ops.ts';
import { NO_PADS, samePads, windowOutput, windowReach } from '../graph/window.ts';
import type { LayerShape } from './rule.ts';

export interface WindowConfig {
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly padding: Padding | undefined;
  readonly dilations?: Pair;
}

export function pairOf(size: SizeArgument): Pair {
  return typeof size === 'number' ? [size, size] : size;
}

export function edgesOf(edges: EdgesArgument): Pads {
  const [vertical, horizontal] = typeof edges === 'number' ? [edges, edges] : edges;
  const [top, bottom] = pairOf(vertical);
  const [left, right] = pairOf(horizontal);
  return [top, left, bottom, right];
}

export function windowOf(size: Pair, config: WindowConfig): WindowAttributes {
  const { padding, ...window } = config;
  return { ...window, pads: padding === 'same' ? samePads(size, windowReach(window), window.strides) : NO_PADS };
}

/** @returns `[height, width]` of the result, or in words what was expected. */
export function slideOver(input: LayerShape, config: WindowConfig): Pair | string {
  if (input.length !== 3) return 'a picture [height, width, channels]';
  const [height, width] = windowOutput([input[0], input[1]], windowOf([input[0], input[1]], config));
  return height > 0 && width > 0 ? [height, width] : `at least ${windowReach(config).join(' x ')} pixels`;
}
