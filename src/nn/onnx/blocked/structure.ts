/** @file Sums over channel blocks, and joining channels. */
import { fixed, type Value } from '../../graph/graph.ts';
import type { Op } from '../../graph/ops.ts';
import { reshape } from '../lowering/rule.ts';
import { type BlockedCall, type BlockedRule, pixelBlocks } from './rule.ts';

/** `[n, c / block, block]`: over the pixels of each channel of each sample. */
function planeSums(call: BlockedCall<Op>, name: string, x: Value): string {
  return call.writer.node('ReduceSum', [pixelBlocks(call, name, x), call.writer.ints(2)], { keepdims: 0 });
}

/** `[c]`. In two steps, since summing over samples and pixels at once is slow in this layout. */
export function channelSums(call: BlockedCall<Op>, name: string, x: Value): string {
  const { writer } = call;
  const bySample = reshape(writer, planeSums(call, name, x), ['n', fixed(x.shape, 1)]);
  return writer.node('ReduceSum', [bySample, writer.ints(0)], { keepdims: 0 });
}

/** Sums over the pixels of each channel, of each sample or of all. */
export const blockedReduceSum: BlockedRule<'reduceSum'> = (call) => {
  const {
    writer,
    layouts,
    inputs: [x],
    attributes: { axes },
    result,
  } = call;
  const overPixels = axes.includes(2) && axes.includes(3) && !axes.includes(1);
  if (!layouts.isBlocked(x) || !overPixels) return false;
  const blocks = layouts.blocked(x);
  const sums = axes.includes(0) ? channelSums(call, blocks, x) : planeSums(call, blocks, x);
  const name = layouts.newName(result, 'reduceSum');
  reshape(writer, sums, result.shape, name);
  layouts.setPlain(result, name);
  return true;
};

/** Whole blocks of channels follow one another. */
export const blockedConcatenate: BlockedRule<'concatenate'> = ({ writer, layouts, inputs, attributes, result }) => {
  const someBlocked = inputs.some((input) => layouts.isBlocked(input));
  if (attributes.axis !== 1 || !someBlocked || !inputs.every((input) => layouts.fits(input))) return false;
  const names = inputs.map((input) => layouts.blocked(input));
  layouts.setBlocked(result, writer.node('Concat', names, { axis: 1 }));
  return true;
};
