/** @file Arithmetic of sliding windows: output sizes and padding, as Keras has them. */
import type { ConvolutionAttributes, Pads, Pair, WindowAttributes } from './ops.ts';

/** Number of windows along one axis of `size` pixels that already include the padding. */
function windowCount(size: number, kernel: number, stride: number): number {
  return Math.floor((size - kernel) / stride) + 1;
}

/** Pixels from the first to the last place of a window, both included: more than its kernel where that has holes. */
export function windowReach({ kernel, dilations = [1, 1] }: Pick<WindowAttributes, 'kernel' | 'dilations'>): Pair {
  return [(kernel[0] - 1) * dilations[0] + 1, (kernel[1] - 1) * dilations[1] + 1];
}

/** Size of the result. */
export function windowOutput(size: Pair, attributes: WindowAttributes): Pair {
  const { strides, pads } = attributes;
  const reach = windowReach(attributes);
  return [
    windowCount(size[0] + pads[0] + pads[2], reach[0], strides[0]),
    windowCount(size[1] + pads[1] + pads[3], reach[1], strides[1]),
  ];
}

/** Whether every filter sees every channel, through a kernel without holes. */
export function isPlain({ groups = 1, dilations = [1, 1] }: ConvolutionAttributes): boolean {
  return groups === 1 && dilations[0] === 1 && dilations[1] === 1;
}

/**
 * Padding for `same`: as many windows as strides, and where the padding is odd the larger half comes after
 * (TensorFlow's rule; it depends on the size when there are strides).
 * @param reach as of `windowReach`
 */
export function samePads(size: Pair, reach: Pair, strides: Pair): Pads {
  const total = (axis: 0 | 1): number =>
    Math.max((Math.ceil(size[axis] / strides[axis]) - 1) * strides[axis] + reach[axis] - size[axis], 0);
  const [vertical, horizontal] = [total(0), total(1)];
  return [Math.floor(vertical / 2), Math.floor(horizontal / 2), Math.ceil(vertical / 2), Math.ceil(horizontal / 2)];
}

export const NO_PADS: Pads = [0, 0, 0, 0];

/** Whether windows neither overlap nor leave gaps nor touch padding (the tail may be left out). */
export function isTiling({ kernel, strides, pads }: WindowAttributes): boolean {
  return kernel[0] === strides[0] && kernel[1] === strides[1] && pads.every((pad) => pad === 0);
}
