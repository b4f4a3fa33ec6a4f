/** @file The order in which Keras lists a model's layers, which is the order of weights in its files. */
import type { LayerNode, NetworkSpec } from '../../contracts/index.ts';

/**
 * Keras sorts by depth (the longest way to the output, deepest first) and within a depth by when a walk backwards from the
 * output first meets the layer. A layer that is used several times is listed once, at its deepest.
 * Source: `map_graph` and `_build_map` in keras/src/ops/function.py.
 */
export function kerasLayerOrder(spec: NetworkSpec): LayerNode[] {
  return inKerasOrder(spec.nodes, spec.output);
}

/** What the order depends on. */
export interface OrderedNode {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly weightsOf?: string | undefined;
}

/** The same for any list of nodes; those that share another one's layer are left out. */
export function inKerasOrder<Node extends OrderedNode>(list: readonly Node[], output: string): Node[] {
  const nodes = new Map(list.map((node) => [node.name, node]));
  const { finished, met } = walkBack(output, nodes);
  const depths = new Map<string, number>();
  const layerDepths = new Map<string, number>();
  for (const name of finished.reverse()) {
    const node = nodes.get(name) as Node;
    const depth = Math.max(depths.get(name) ?? 0, layerDepths.get(ownerOf(node)) ?? 0);
    layerDepths.set(ownerOf(node), depth);
    for (const input of node.inputs) depths.set(input, Math.max(depths.get(input) ?? 0, depth + 1));
  }
  const rank = ({ name }: Node) => layerDepths.get(name) ?? -1;
  const place = ({ name }: Node) => met.get(name) ?? Number.POSITIVE_INFINITY;
  return list
    .filter(({ weightsOf }) => weightsOf === undefined)
    .sort((a, b) => rank(b) - rank(a) || place(a) - place(b));
}

/** Nodes after all that they take, and layers in the order in which they are first met. */
function walkBack(output: string, nodes: ReadonlyMap<string, OrderedNode>) {
  const met = new Map<string, number>();
  const seen = new Set<string>();
  const finished: string[] = [];
  // A stack of our own: networks are deeper than a recursion may be.
  const stack: { readonly node: OrderedNode; next: number }[] = [];
  const enter = (name: string): void => {
    const node = nodes.get(name);
    if (!node || seen.has(name)) return;
    seen.add(name);
    if (!met.has(ownerOf(node))) met.set(ownerOf(node), met.size);
    stack.push({ node, next: 0 });
  };
  enter(output);
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    if (top.next < top.node.inputs.length) enter(top.node.inputs[top.next++]);
    else {
      finished.push(top.node.name);
      stack.pop();
    }
  }
  return { finished, met };
}

function ownerOf({ name, weightsOf }: OrderedNode): string {
  return weightsOf ?? name;
}
