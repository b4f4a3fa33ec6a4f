/** @file Sums over channel blocks, and joining channels. */
import { reshape } from '../lowering/rule.ts';
import { channelSums } from './normalization.ts';
import { type BlockedRule, pixelBlocks } from './rule.ts';

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
  const sums = axes.includes(0)
    ? channelSums(call, blocks, x)
    : writer.node('ReduceSum', [pixelBlocks(call, blocks, x), writer.ints(2)], { keepdims: 0 });
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
