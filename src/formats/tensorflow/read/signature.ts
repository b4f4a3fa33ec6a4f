/** @file One signature of a SavedModel: its graph, cut where serving decodes or parses, and its names and types. */
import type { GraphSignature, GraphTensor } from '../../../contracts/index.ts';
import { dataTypeOf, type tf } from '../../../proto/index.ts';
import { Conversion, type Resources } from './convert/context.ts';
import { convertGraph, type InputPort, type NodeListener, type OutputPort } from './convert/convert.ts';
import type { PictureGraph } from './convert/picture-graphs.ts';
import { Attributes } from './graph/attributes.ts';
import { InlinedGraph } from './graph/inline.ts';
import { type FlatNode, type FlatRef, SYNTHETIC } from './graph/node.ts';
import { inOrder } from './graph/order.ts';
import { Unsupported } from './refuse.ts';
import { shapeOf } from './tensors.ts';

export interface OpenSignature {
  readonly name: string;
  readonly definition: tf.SignatureDef;
  readonly inputs: readonly InputPort[];
  readonly outputs: readonly OutputPort[];
  /** Everything the outputs need, in order. */
  readonly nodes: readonly FlatNode[];
}

/** Finds what the outputs need. @throws Unsupported; `model_file_invalid` */
export function openSignature(
  file: string,
  graph: tf.GraphDef,
  name: string,
  definition: tf.SignatureDef,
): OpenSignature {
  const nodes = new Map(graph.node.map((node) => [node.name, node]));
  const inputs = sorted(definition.inputs).map(([alias, info]): InputPort => {
    const place = nodes.get(tensorName(info).split(':')[0]);
    const attributes = new Attributes(alias, place?.attr ?? {});
    // Signatures have been written with a type that is not the tensor's own.
    const own = place?.op.startsWith('Placeholder') ? attributes.type('dtype') : null;
    const dtype = own ?? dataTypeOf(info.dtype);
    if (dtype === null) throw new Unsupported(`its input "${alias}" has a type that is not taken`, []);
    const node = { name: alias, op: SYNTHETIC.feed, attributes, inputs: [] };
    const shape = signatureShape(info);
    // Early TensorFlow wrote "no dimensions" for "not known"; what is fed decides.
    return { alias, node, dtype, shape: shape === null || shape.length === 0 ? null : shape };
  });
  const feeds = new Map(inputs.map(({ alias, node }) => [fullName(tensorName(definition.inputs[alias])), node]));
  const inlined = new InlinedGraph(file, graph, feeds);
  const outputs = sorted(definition.outputs).map(([alias, info]): OutputPort => {
    const dtype = dataTypeOf(info.dtype);
    if (dtype === null) throw new Unsupported(`its output "${alias}" has a type that is not given`, []);
    return { alias, dtype, shape: signatureShape(info), ref: inlined.resolve(inlined.root, tensorName(info)) };
  });
  return { name, definition, inputs, outputs, nodes: inOrder(outputs.map(({ ref }) => ref)) };
}

export type PicturePart = NonNullable<ReturnType<PictureGraph<Conversion>['finish']>>;

export interface ConvertedSignature {
  readonly graph: Uint8Array;
  /** Without the names of its graphs' files. */
  readonly signature: Omit<GraphSignature, 'graph' | 'pictures'>;
  /** By input or feature. */
  readonly pictures: ReadonlyMap<string, PicturePart>;
  /** Name of the node from which each node of the graph was made. */
  readonly origins: ReadonlyMap<string, string>;
}

/** @throws Unsupported */
export function convertSignature(
  file: string,
  { definition, inputs, outputs }: OpenSignature,
  resources: Resources,
  onNode: NodeListener,
): ConvertedSignature {
  const to = new Conversion(file, resources);
  const names = convertGraph(to, inputs, outputs, onNode);
  const pictures = new Map(
    [...to.pictures.all].flatMap(([alias, graph]) => {
      const part = graph.finish();
      return part ? [[alias, part] as const] : [];
    }),
  );
  const examples = [...to.examples.all].map(([alias, features]) => {
    // Features that nothing uses are parsed all the same, as TensorFlow does: a record without them may be wrong.
    for (const [node, { dtype, shape }] of features) {
      if (!pictures.has(node)) to.numbers(node, dtype, [-1, ...shape]);
    }
    return [alias, Object.fromEntries(features)] as const;
  });
  // Inputs that no output needs are still sent.
  for (const { alias, dtype, shape } of inputs) {
    if (!to.examples.all.has(alias) && !pictures.has(alias)) to.numbers(alias, dtype, shape);
  }
  const signature = {
    method: definition.methodName,
    inputs: Object.fromEntries(
      inputs.map(({ alias, dtype }) => [alias, tensorOf(definition.inputs[alias], dtype, alias)]),
    ),
    outputs: Object.fromEntries(
      outputs.map(({ alias, dtype }) => [alias, tensorOf(definition.outputs[alias], dtype, names.get(alias) ?? alias)]),
    ),
    ...(examples.length > 0 ? { examples: Object.fromEntries(examples) } : {}),
  };
  return { graph: to.draft.toBytes(), signature, pictures, origins: to.draft.origins };
}

function tensorOf(info: tf.TensorInfo, dtype: GraphTensor['dtype'], node: string): GraphTensor {
  return { dtype: dataTypeOf(info.dtype) ?? dtype, shape: signatureShape(info), tensor: tensorName(info), node };
}

/** A message without a shape is one without dimensions. */
function signatureShape({ tensorShape }: tf.TensorInfo): number[] | null {
  return tensorShape ? shapeOf(tensorShape) : [];
}

function tensorName({ encoding }: tf.TensorInfo): string {
  if (encoding.case !== 'name') throw new Unsupported('it has sparse tensors', []);
  return encoding.value;
}

function fullName(name: string): string {
  return name.includes(':') ? name : `${name}:0`;
}

function sorted<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The operator that computes an output, behind those that hand it on. */
export function lastOp({ node }: FlatRef): FlatNode {
  let at = node;
  while ((at.op === 'Identity' || at.op === 'Squeeze' || at.op === 'Reshape' || at.op === 'Cast') && at.inputs[0])
    at = at.inputs[0].node;
  return at;
}
