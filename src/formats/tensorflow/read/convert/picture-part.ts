/** @file Which nodes of a graph are computed for each picture by itself. */
import type { FlatNode } from '../graph/node.ts';
import { SYNTHETIC } from '../graph/node.ts';
import type { Conversion } from './context.ts';
import { ELEMENTWISE_RULES } from './rules/elementwise.ts';
import { FUNCTION_RULES } from './rules/functions.ts';
import { PART_RULES } from './rules/parts.ts';
import { PRODUCT_RULES } from './rules/products.ts';
import { RESIZING_RULES } from './rules/resizing.ts';
import { SOURCE_RULES } from './rules/sources.ts';
import { STRUCTURE_RULES } from './rules/structure.ts';
import type { Value } from './value.ts';

/** Networks begin where something else comes. */
const PREPARING: ReadonlySet<string> = new Set(
  Object.keys({
    ...SOURCE_RULES,
    ...ELEMENTWISE_RULES,
    ...FUNCTION_RULES,
    ...STRUCTURE_RULES,
    ...PART_RULES,
    ...RESIZING_RULES,
  }),
);
const REDUCING: ReadonlySet<string> = new Set(['Mean', 'Sum', 'Max', 'Min', 'Prod', 'All', 'Any']);

/** All that a loop computes in one turn. */
export function inTurns(nodes: readonly FlatNode[]): ReadonlySet<FlatNode> {
  const open = nodes.filter(({ op }) => op === SYNTHETIC.mapStack).flatMap(({ inputs }) => inputs);
  const found = new Set<FlatNode>();
  while (open.length > 0) {
    const { node } = open.pop()!;
    if (found.has(node)) continue;
    found.add(node);
    open.push(...node.inputs);
  }
  return found;
}

/**
 * The input or feature of whose pictures a node computes one by one, by what it gets; null when it gets none, or is computed for all of them at
 * once.
 * @param isInTurn whether it is part of a loop over pictures
 */
export function pictureOf(op: string, inputs: readonly Value[], isInTurn: boolean): string | null {
  let alias: string | null = null;
  let rank = 0;
  for (const { special, known, shape } of inputs) {
    if (special?.kind === 'picture') {
      if (alias !== null && alias !== special.alias) return null;
      alias = special.alias;
      rank = Math.max(rank, shape?.length ?? 4);
    } else if (!known) {
      return null;
    }
  }
  if (alias === null || op === SYNTHETIC.mapStack) return null;
  // Without the batch they are one picture's numbers; sizes have one dimension at most.
  const isOnes = rank <= 1 ? op in PRODUCT_RULES : rank === 3 && REDUCING.has(op);
  return isInTurn || isOnes || PREPARING.has(op) ? alias : null;
}

/** As the other graph has it. */
export function innerOf({ special, ...value }: Value): Value {
  return special?.kind === 'picture' ? special.inner : { ...value, ...(special ? { special } : {}) };
}

/** As the graph of pictures gives it: what is known whole is a constant anywhere. */
export function outerOf(to: Conversion, alias: string, inner: Value): Value {
  if (inner.special || (inner.known && inner.node === null)) return inner;
  return to.special({ kind: 'picture', alias, inner }, inner.dtype, inner.shape);
}
