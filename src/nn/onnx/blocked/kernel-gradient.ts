/**
 * @file The gradient of a convolution's kernel as a convolution on blocks of samples.
 *
 * With samples and channels exchanged, the gradient of the result slides over the pictures as if it were the kernel: each
 * channel is a picture whose channels are the samples, and the places of the true kernel are the few windows of the result.
 * No patches are copied, and one load of the large kernel serves several windows, so this beats matrix products; but only
 * as long as the part of the large kernel that is in use stays in the processor's second cache.
 */
import { fixed } from '../../graph/graph.ts';
import { framed, reshape, slice } from '../lowering/rule.ts';
import { pictureSize } from '../lowering/windows.ts';
import { blockConvolution } from './convolution.ts';
import { type BlockedCall, type BlockedRule, blockNode } from './rule.ts';

/** Half of the second cache of a server's core, so that pictures have room beside it. */
const LARGE_KERNEL_BYTES = 1 << 20;
const BYTES_PER_NUMBER = 4;

type Call = BlockedCall<'conv2dKernelGradient'>;

export const blockedKernelGradient: BlockedRule<'conv2dKernelGradient'> = (call) => {
  const { block, layouts, inputs, attributes } = call;
  const [x, gradient] = inputs;
  const { kernel, groups = 1 } = attributes;
  const samples = x.shape[0];
  if (typeof samples !== 'number' || samples % block !== 0 || !layouts.fits(gradient) || groups !== 1) return false;
  // With one window there is nothing to share a load with: a matrix product is better.
  if (kernel[1] === 1) return false;
  exchangedConvolution(call);
  return true;
};

function exchangedConvolution(call: Call): void {
  const { writer, layouts, block, inputs, attributes, result } = call;
  const [x, gradient] = inputs;
  const { kernel, strides, dilations = [1, 1] } = attributes;
  const [rows, columns] = pictureSize(gradient.shape);
  const [samples, filters] = [fixed(x.shape, 0), fixed(gradient.shape, 1)];
  const reach = (axis: 0 | 1, windows: number): number =>
    (windows - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1;
  const height = reach(0, rows);
  const width = reach(1, columns);
  const pictures = samplesInBlocks(call, [height, width]);
  const largeKernel = gradientAsKernel(call);
  const channels = fixed(x.shape, 1);
  const step = rowsAtOnce(rows, filters * block * columns * BYTES_PER_NUMBER);
  let sum: string | undefined;
  for (let group = 0; group < samples / block; group++) {
    for (let row = 0; row < rows; row += step) {
      const end = Math.min(rows, row + step);
      const [top, bottom] = [row * strides[0], row * strides[0] + reach(0, end - row)];
      const strip = slice(writer, pictures, [0, 2], [group, top], [group + 1, bottom]);
      const part = slice(writer, largeKernel, [1, 2], [group, row], [group + 1, end]);
      sum = blockConvolution(writer, {
        picture: reshape(writer, strip, [channels, block, bottom - top, width]),
        kernel: reshape(writer, part, [filters, block, end - row, columns]),
        sum,
        size: [end - row, columns],
        strides: dilations,
        dilations: strides,
      });
    }
  }
  const plain = blockNode(writer, 'ReorderOutput', [sum as string], { channels: filters, channels_last: 0 });
  const name = layouts.newName(result, 'conv2dKernelGradient');
  writer.node('Transpose', [plain], { perm: [1, 0, 2, 3] }, name);
  layouts.setPlain(result, name);
}

/** As many equal steps as it takes to stay below the limit. */
function rowsAtOnce(rows: number, bytesPerRow: number): number {
  const steps = Math.ceil((rows * bytesPerRow) / LARGE_KERNEL_BYTES);
  return Math.max(1, Math.ceil(rows / steps));
}

/** `[samples / block, channels, height, width * block]`: exactly the pixels that windows see. */
function samplesInBlocks(
  { writer, layouts, block, inputs: [x], attributes: { pads } }: Call,
  size: readonly [number, number],
): string {
  const [samples, channels, height, width] = x.shape as readonly number[];
  const picture = framed(
    writer,
    layouts.plain(x),
    [height, width],
    [pads[0], pads[1], size[0] - height - pads[0], size[1] - width - pads[1]],
  );
  const exchanged = reshape(writer, picture, [1, samples, channels * size[0], size[1]]);
  const blocks = blockNode(writer, 'ReorderInput', [exchanged], { channels_last: 0 });
  return reshape(writer, blocks, [samples / block, channels, size[0], size[1] * block]);
}

/** `[filters / block, samples / block, rows, columns * block of samples * block of filters]`. */
function gradientAsKernel({ writer, layouts, block, inputs: [, gradient] }: Call): string {
  const [samples, filters, rows, columns] = gradient.shape as readonly number[];
  const blocks = reshape(writer, layouts.blocked(gradient), [
    samples / block,
    block,
    filters / block,
    rows * columns,
    block,
  ]);
  const exchanged = writer.node('Transpose', [blocks], { perm: [2, 0, 3, 1, 4] });
  return reshape(writer, exchanged, [filters / block, samples / block, rows, columns * block * block]);
}
