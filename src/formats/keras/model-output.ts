/** @file How a Keras model ends: its last softmax or sigmoid becomes the network's own; without one it gives logits. */
import {
  type LayerNode,
  type NetworkSpec,
  type OutputActivation,
  PictorError,
  type ServedOutput,
} from '../../contracts/index.ts';
import type { LayerShape } from '../../nn/index.ts';
import { SAVED_MODEL_FIX } from './layers/unsupported.ts';
import type { NodesOfModel } from './to-network.ts';

export interface ModelOutput {
  readonly nodes: readonly LayerNode[];
  readonly output: string;
  readonly outputActivation: OutputActivation;
  readonly answers: 'probabilities' | 'logits';
  /** What the model's own signature gives. */
  readonly served: ServedOutput;
  readonly warnings: readonly string[];
}

/** @throws `model_unsupported` when it gives something else than a number a class */
export function modelOutput({ nodes, shapes, outputs }: NodesOfModel): ModelOutput {
  const [output] = outputs;
  const shape = shapes.get(output) ?? [];
  if (shape.length !== 1) {
    throw new PictorError(
      'model_unsupported',
      `The model gives [${shape.join(', ')}] for a picture ("${output}"); a number a class was expected.`,
      { fix: SAVED_MODEL_FIX },
    );
  }
  const end = withoutActivation(nodes, output, shapes);
  if (shape[0] === 1) return ofOneNumber(end);
  const { activation } = end;
  return {
    nodes: needed(end.nodes, end.output),
    output: end.output,
    outputActivation: activation ?? 'softmax',
    answers: activation ? 'probabilities' : 'logits',
    served: activation ? { kind: 'probabilities' } : { kind: 'logits' },
    warnings: [],
  };
}

interface End {
  readonly nodes: readonly LayerNode[];
  readonly output: string;
  readonly activation: OutputActivation | null;
}

/** Takes the activation away from the last layer, also from behind a Reshape or Flatten of one pixel. */
function withoutActivation(nodes: readonly LayerNode[], output: string, shapes: NodesOfModel['shapes']): End {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  let name = output;
  for (let node = byName.get(name); node; node = byName.get(name)) {
    const activation = activationOf(node);
    if (activation) return stripped(nodes, output, node, activation);
    const moves = node.layer === 'Reshape' || node.layer === 'Flatten' || node.layer === 'Dropout';
    if (!moves || !isRow(shapes.get(node.inputs[0]) ?? [])) break;
    name = node.inputs[0];
  }
  return { nodes, output, activation: null };
}

/** All numbers along the last axis, so that softmax over it is softmax over all. */
function isRow(shape: LayerShape): boolean {
  return shape.slice(0, -1).every((side) => side === 1);
}

function activationOf(node: LayerNode): OutputActivation | null {
  const activation = 'activation' in node.config ? node.config.activation : undefined;
  return activation === 'softmax' || activation === 'sigmoid' ? activation : null;
}

function stripped(nodes: readonly LayerNode[], output: string, node: LayerNode, activation: OutputActivation): End {
  if (node.weightsOf !== undefined || nodes.some(({ weightsOf }) => weightsOf === node.name)) {
    throw new PictorError(
      'model_unsupported',
      `Layer "${node.name}" ends the model and shares its weights with another one.`,
      { fix: SAVED_MODEL_FIX },
    );
  }
  if (node.layer === 'Activation') {
    const [source] = node.inputs;
    const rest = nodes
      .filter(({ name }) => name !== node.name)
      .map((other) => ({ ...other, inputs: other.inputs.map((name) => (name === node.name ? source : name)) }));
    return { nodes: rest as LayerNode[], output: output === node.name ? source : output, activation };
  }
  const plain = nodes.map((other) => {
    if (other.name !== node.name) return other;
    const { activation: _, ...config } = other.config as { readonly activation?: unknown };
    return { ...other, config } as LayerNode;
  });
  return { nodes: plain, output, activation };
}

/**
 * One number z, of which a sigmoid is the probability of the second of two classes: as softmax of [-z/2, z/2] it is the same,
 * and the network names two classes.
 */
function ofOneNumber({ nodes, output, activation }: End): ModelOutput {
  if (activation === 'softmax') {
    throw new PictorError('model_unsupported', 'The model ends in softmax over one number, which is always 1.', {
      fix: 'Use a sigmoid, or one output a class.',
    });
  }
  const names = new Set(nodes.map(({ name }) => name));
  const free = (name: string): string => (names.has(name) ? free(`${name}_`) : name);
  const [no, yes, both] = ['first_class', 'second_class', 'classes'].map((ending) => free(`${output}_${ending}`));
  const added: LayerNode[] = [
    { name: no, layer: 'Rescaling', config: { scale: -0.5 }, inputs: [output] },
    { name: yes, layer: 'Rescaling', config: { scale: 0.5 }, inputs: [output] },
    { name: both, layer: 'Concatenate', config: {}, inputs: [no, yes] },
  ];
  return {
    nodes: [...needed(nodes, output), ...added],
    output: both,
    outputActivation: 'softmax',
    answers: activation ? 'probabilities' : 'logits',
    served: activation ? { kind: 'probabilities', classes: [1] } : { kind: 'layer', layer: output },
    warnings: ['The model gives one number, the probability of the second of two classes.'],
  };
}

/** Those that lead to the output. */
function needed(nodes: readonly LayerNode[], output: NetworkSpec['output']): LayerNode[] {
  const wanted = new Set([output]);
  const kept = [...nodes].reverse().filter(({ name, inputs, weightsOf }) => {
    if (!wanted.has(name)) return false;
    for (const input of inputs) wanted.add(input);
    if (weightsOf !== undefined) wanted.add(weightsOf);
    return true;
  });
  return kept.reverse();
}
