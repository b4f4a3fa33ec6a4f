/** @file The nodes that outputs need, each after what it needs. */
import { Unsupported } from '../refuse.ts';
import type { FlatNode, FlatRef } from './node.ts';

const MAX_NODES = 300_000;

/** @throws Unsupported for loops */
export function inOrder(outputs: readonly FlatRef[]): FlatNode[] {
  const order: FlatNode[] = [];
  const state = new Map<FlatNode, 'open' | 'done'>();
  const stack: FlatNode[] = outputs.map(({ node }) => node).reverse();
  while (stack.length > 0) {
    const node = stack[stack.length - 1];
    if (state.get(node) === 'done') {
      stack.pop();
      continue;
    }
    if (state.get(node) === 'open') {
      state.set(node, 'done');
      order.push(node);
      stack.pop();
      continue;
    }
    if (state.size >= MAX_NODES) throw new Unsupported(`it needs more than ${MAX_NODES} nodes`, []);
    state.set(node, 'open');
    for (const { node: before } of [...node.inputs].reverse()) {
      if (state.get(before) === 'open') throw new Unsupported(`"${before.name}" is part of a loop`, [before.op]);
      if (!state.has(before)) stack.push(before);
    }
  }
  return order;
}
