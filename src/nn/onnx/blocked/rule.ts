/** @file What a rule for the blocked layout is, and small helpers of such rules. */
import { fixed, type Value } from '../../graph/graph.ts';
import type { Op, OpAttributes } from '../../graph/ops.ts';
import type { Layouts } from '../layouts.ts';
import { reshape } from '../lowering/rule.ts';
import { BLOCK_DOMAIN, type OnnxAttribute, type OnnxWriter } from '../writer.ts';

export interface BlockedCall<O extends Op> {
  readonly writer: OnnxWriter;
  readonly layouts: Layouts;
  /** Channels in a block. */
  readonly block: number;
  readonly inputs: readonly Value[];
  readonly attributes: OpAttributes[O];
  readonly result: Value;
}

/**
 * Writes an operation with blocked tensors and registers the result with `layouts`, plain or blocked.
 * Returns false, and has written nothing, when the operation is better written the plain way.
 */
export type BlockedRule<O extends Op> = (call: BlockedCall<O>) => boolean;

/** Operations without a rule are written the plain way. */
export type BlockedRules = { readonly [P in Op]?: BlockedRule<P> };

/** One of the runtime's operations on blocks. */
export function blockNode(
  writer: OnnxWriter,
  opType: string,
  inputs: readonly string[],
  attributes: Readonly<Record<string, OnnxAttribute>>,
): string {
  return writer.node(opType, inputs, attributes, writer.freshName(opType), BLOCK_DOMAIN);
}

/** `[n, c, h, w]` in blocks, seen as `[n, c / block, h * w, block]`. */
export function pixelBlocks({ writer, block }: BlockedCall<Op>, name: string, value: Value): string {
  const [, channels, height, width] = value.shape.map((_size, axis) => (axis === 0 ? -1 : fixed(value.shape, axis)));
  return reshape(writer, name, ['n', channels / block, height * width, block]);
}

/** Back from `pixelBlocks`. */
export function asPicture({ writer, result }: BlockedCall<Op>, name: string): string {
  return reshape(writer, name, result.shape);
}
