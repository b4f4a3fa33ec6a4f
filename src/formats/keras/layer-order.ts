/** @file The order in which Keras lists a model's layers, which is the order of weights in its files. */
import type { LayerNode, NetworkSpec } from '../../contracts/index.ts';

/**
 * Keras sorts by depth (the longest way to the output, deepest first) and within a depth by when a walk backwards from the
 * output first meets the layer. Layers that the output does not need come last; Keras would not have them.
 * Source: `map_graph` and `_build_map` in keras/src/ops/function.py.
 */
export function kerasLayerOrder(spec: NetworkSpec): LayerNode[] {
  const nodes = new Map(spec.nodes.map((node) => [node.name, node]));
  const met = new Map<string, number>();
  const finished: string[] = [];
  const meet = (first: string): void => {
    // With a stack of our own: networks are deeper than what a recursion may be.
    const stack: { readonly node: LayerNode; next: number }[] = [];
    const push = (name: string): void => {
      const node = nodes.get(name);
      if (!node || met.has(name)) return;
      met.set(name, met.size);
      stack.push({ node, next: 0 });
    };
    push(first);
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      if (top.next < top.node.inputs.length) push(top.node.inputs[top.next++]);
      else finished.push((stack.pop() as typeof top).node.name);
    }
  };
  meet(spec.output);
  const depths = new Map<string, number>();
  for (const name of finished.reverse()) {
    const depth = depths.get(name) ?? 0;
    depths.set(name, depth);
    for (const input of nodes.get(name)?.inputs ?? []) depths.set(input, Math.max(depths.get(input) ?? 0, depth + 1));
  }
  const rank = ({ name }: LayerNode) => depths.get(name) ?? -1;
  const place = ({ name }: LayerNode) => met.get(name) ?? Number.POSITIVE_INFINITY;
  return [...spec.nodes].sort((a, b) => rank(b) - rank(a) || place(a) - place(b));
}
