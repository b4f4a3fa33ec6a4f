/** @file Branches that are decided when a model is saved: those between training and inference. */
import { readableTensor } from '../tensors.ts';
import { type FlatNode, type FlatRef, SYNTHETIC } from './node.ts';

/** The condition, if it is a constant. What Keras calls the learning phase is that of inference. */
export function predicateOf({ node, index }: FlatRef): boolean | null {
  const [first, second] = node.inputs.slice(0, 2);
  switch (node.op) {
    case 'Const':
      return scalar(node);
    case 'Identity':
    case 'PlaceholderWithDefault':
      return first ? predicateOf(first) : null;
    case 'Placeholder':
      return /(^|\/)keras_learning_phase/.test(node.name) ? false : null;
    case 'Switch':
      return index <= 1 && first ? predicateOf(first) : null;
    case 'LogicalNot': {
      const value = first ? predicateOf(first) : null;
      return value === null ? null : !value;
    }
    case 'LogicalAnd':
    case 'LogicalOr': {
      const decisive = node.op === 'LogicalOr';
      const values = [first, second].map((ref) => (ref ? predicateOf(ref) : null));
      if (values.includes(decisive)) return decisive;
      return values.includes(null) ? null : !decisive;
    }
    default:
      return null;
  }
}

function scalar(node: FlatNode): boolean | null {
  const proto = node.attributes.tensor('value');
  const data = proto ? readableTensor(proto)?.data : undefined;
  return data?.length === 1 && typeof data[0] !== 'object' ? Boolean(data[0]) : null;
}

interface WithControls extends FlatNode {
  readonly controls?: readonly FlatRef[];
}

const KNOWN = new WeakMap<FlatNode, boolean>();

/** Whether a tensor hangs on a branch that is never taken. */
export function isDead(ref: FlatRef): boolean {
  const open: FlatNode[] = [ref.node];
  const entered = new Set<FlatNode>();
  while (open.length > 0) {
    const node = open[open.length - 1];
    if (KNOWN.has(node)) {
      open.pop();
      continue;
    }
    const before = [...node.inputs, ...((node as WithControls).controls ?? [])].map((input) => input.node);
    const waiting = before.filter((other) => !KNOWN.has(other) && !entered.has(other));
    if (node.op === SYNTHETIC.dead || before.some((other) => KNOWN.get(other))) {
      KNOWN.set(node, true);
    } else if (waiting.length === 0) {
      KNOWN.set(node, false);
    } else {
      entered.add(node);
      open.push(...waiting);
    }
  }
  return KNOWN.get(ref.node) ?? false;
}
