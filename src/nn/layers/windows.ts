/** @file Sliding windows as layers have them: size of the result, or why there is none. */
import type { Padding } from '../../contracts/index.ts';
import type { Pair, WindowAttributes } from '../graph/ops.ts';
import { NO_PADS, samePads, windowOutput } from '../graph/window.ts';
import type { LayerShape } from './rule.ts';

export interface WindowConfig {
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly padding: Padding | undefined;
}

export function windowOf(size: Pair, { kernel, strides, padding }: WindowConfig): WindowAttributes {
  return { kernel, strides, pads: padding === 'same' ? samePads(size, kernel, strides) : NO_PADS };
}

/** @returns `[height, width]` of the result, or in words what was expected. */
export function slideOver(input: LayerShape, config: WindowConfig): Pair | string {
  if (input.length !== 3) return 'a picture [height, width, channels]';
  const [height, width] = windowOutput([input[0], input[1]], windowOf([input[0], input[1]], config));
  return height > 0 && width > 0 ? [height, width] : `at least ${config.kernel.join(' x ')} pixels`;
}
