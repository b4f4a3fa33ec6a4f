/** @file Element-wise operations on channel blocks: the order of the elements does not matter to them. */
import { elementCount, sameShape, type Value } from '../../graph/graph.ts';
import type { ElementwiseOp } from '../../graph/ops.ts';
import { ELEMENTWISE_LOWERING } from '../lowering/elementwise.ts';
import type { LoweringRule } from '../lowering/rule.ts';
import { reshape } from '../lowering/rule.ts';
import { asPicture, type BlockedCall, type BlockedRule, pixelBlocks } from './rule.ts';

/** How an input takes part: as a whole picture, as one number, or as one number for every channel. */
type Part = 'picture' | 'number' | 'channels';

function partOf(input: Value, result: Value): Part | null {
  if (sameShape(input.shape, result.shape)) return 'picture';
  if (input.shape.every((size) => size === 1)) return 'number';
  const { shape } = input;
  return shape.length === 4 && shape[0] === 1 && shape[1] === result.shape[1] && shape[2] === 1 && shape[3] === 1
    ? 'channels'
    : null;
}

export function blockedElementwise<O extends ElementwiseOp>(op: O): BlockedRule<O> {
  return (call) => {
    const { writer, layouts, inputs, attributes, result } = call;
    if (!layouts.fits(result) || !inputs.some((input) => layouts.isBlocked(input))) return false;
    const parts = inputs.map((input) => partOf(input, result));
    if (parts.includes(null) || inputs.some((input, i) => parts[i] === 'picture' && !canBlock(call, input)))
      return false;
    const byChannel = parts.includes('channels');
    const names = inputs.map((input, index) => operand(call, input, parts[index] as Part, byChannel));
    const output = writer.freshName(op);
    const rule: LoweringRule<O> = ELEMENTWISE_LOWERING[op];
    rule({ writer, inputs: names, types: inputs, attributes, result, output });
    layouts.setBlocked(result, byChannel ? asPicture(call, output) : output);
    return true;
  };
}

function canBlock({ layouts }: BlockedCall<ElementwiseOp>, input: Value): boolean {
  return layouts.isBlocked(input) || input.type === 'float32';
}

function operand(call: BlockedCall<ElementwiseOp>, input: Value, part: Part, byChannel: boolean): string {
  const { writer, layouts, block } = call;
  if (part === 'number') return layouts.plain(input);
  if (part === 'picture') {
    return byChannel ? pixelBlocks(call, layouts.blocked(input), input) : layouts.blocked(input);
  }
  return reshape(writer, layouts.plain(input), [1, elementCount(input.shape) / block, 1, block]);
}
