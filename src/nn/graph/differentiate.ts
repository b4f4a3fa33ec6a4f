/** @file Reverse-mode differentiation: adds the nodes that compute gradients to a graph that is being built. */
import type { GraphBuilder } from './builder.ts';
import { GRADIENT_RULES, type GradientRule, type NonDifferentiable } from './gradients/index.ts';
import { GraphError, type GraphNode, type Value } from './graph.ts';
import type { Op } from './ops.ts';

/**
 * @param total a scalar
 * @param targets values that `total` is computed from
 * @returns the gradient of `total` by each target, in order; of the target's shape
 */
export function differentiate(builder: GraphBuilder, total: Value, targets: readonly Value[]): Value[] {
  const nodes = [...builder.nodes];
  const active = new Set(targets.map((target) => target.id));
  for (const node of nodes) {
    if (node.inputs.some((input) => active.has(input.id))) active.add(node.output.id);
  }
  const gradients = new Map<number, Value>([[total.id, builder.constant(1)]]);
  for (const node of nodes.toReversed()) {
    const gradient = gradients.get(node.output.id);
    if (!gradient || !active.has(node.output.id)) continue;
    builder.scope = node.scope;
    for (const [input, part] of inputGradients(builder, node, gradient, active)) {
      const known = gradients.get(input.id);
      gradients.set(input.id, known ? builder.add(known, part) : part);
    }
  }
  return targets.map((target) => {
    const gradient = gradients.get(target.id);
    if (!gradient) throw new GraphError(`Value ${target.id} does not take part in what is differentiated.`);
    return gradient;
  });
}

function inputGradients<O extends Op>(
  builder: GraphBuilder,
  node: GraphNode<O>,
  gradient: Value,
  active: ReadonlySet<number>,
): [Value, Value][] {
  const rule: GradientRule<O> | NonDifferentiable = GRADIENT_RULES[node.op];
  if (typeof rule !== 'function') {
    throw new GraphError(`${node.op} in "${node.scope}" has no gradient: ${rule.reason}.`);
  }
  const { inputs, output, attributes } = node;
  const parts = rule({ builder, inputs, output, attributes, gradient });
  return inputs.flatMap((input, index) => {
    const part = parts[index];
    return part && active.has(input.id) ? [[input, part()] as [Value, Value]] : [];
  });
}
