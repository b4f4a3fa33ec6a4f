/** @file Sums over channel blocks. */
import { fixed } from '../../graph/graph.ts';
import { reshape } from '../lowering/rule.ts';
import { type BlockedCall, type BlockedRule, pixelBlocks } from './rule.ts';

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
  const sums = planeSums(call, layouts.blocked(x));
  const name = layouts.newName(result, 'reduceSum');
  if (axes.includes(0)) {
    reshape(writer, writer.node('ReduceSum', [sums, writer.ints(0)], { keepdims: 0 }), result.shape, name);
  } else reshape(writer, sums, result.shape, name);
  layouts.setPlain(result, name);
  return true;
};

/** `[n, c]`. In two steps, since summing over samples and pixels at once is slow in this layout. */
function planeSums(call: BlockedCall<'reduceSum'>, name: string): string {
  const {
    writer,
    inputs: [x],
  } = call;
  const sums = writer.node('ReduceSum', [pixelBlocks(call, name, x), writer.ints(2)], { keepdims: 0 });
  return reshape(writer, sums, ['n', fixed(x.shape, 1)]);
}
