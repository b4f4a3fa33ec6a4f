/** @file What is in a SavedModel, as TensorFlow's own `saved_model_cli show --all` tells it. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import type {
  SavedModelFunction,
  SavedModelInspection,
  SavedModelSignature,
  SavedModelTensor,
} from '../../contracts/index.ts';
import { PictorError } from '../../contracts/index.ts';
import { tf } from '../../proto/index.ts';
import { structuredArguments } from './structured-value.ts';
import { typeName } from './type-names.ts';

const MAX_BYTES = 2 ** 31 - 1;

/** @throws `model_file_invalid` */
export async function inspectSavedModel(folder: string): Promise<SavedModelInspection> {
  const file = path.join(folder, 'saved_model.pb');
  const fail = (reason: string, cause?: unknown) =>
    new PictorError('model_file_invalid', `${path.basename(folder)} cannot be read: ${reason}.`, { cause });
  const stats = await stat(file).catch((cause) => {
    throw fail('it has no saved_model.pb', cause);
  });
  if (stats.size > MAX_BYTES) throw fail(`its saved_model.pb has ${stats.size} bytes`);
  const bytes = await readFile(file);
  let model: tf.SavedModel;
  try {
    model = fromBinary(tf.SavedModelSchema, bytes);
  } catch (cause) {
    throw fail('its saved_model.pb is truncated or damaged', cause);
  }
  const tagsOf = ({ metaInfoDef }: tf.MetaGraphDef) => metaInfoDef?.tags ?? [];
  const graphs = [...model.metaGraphs].sort((a, b) => compare(tagsOf(a).join('\0'), tagsOf(b).join('\0')));
  return {
    metaGraphs: graphs.map((graph) => ({
      tags: tagsOf(graph),
      tensorflow: graph.metaInfoDef?.tensorflowVersion || null,
      signatures: Object.fromEntries(sorted(graph.signatureDef).map(([key, value]) => [key, signatureOf(value)])),
      ops: opsOf(graph.graphDef),
    })),
    functions: functionsOf(graphs),
  };
}

function signatureOf({ inputs, outputs, methodName }: tf.SignatureDef): SavedModelSignature {
  const tensors = (values: Readonly<Record<string, tf.TensorInfo>>) =>
    Object.fromEntries(sorted(values).map(([key, value]) => [key, tensorOf(value)]));
  return { method: methodName, inputs: tensors(inputs), outputs: tensors(outputs) };
}

function tensorOf({ dtype, tensorShape, encoding }: tf.TensorInfo): SavedModelTensor {
  const shape = tensorShape?.unknownRank ? null : (tensorShape?.dim ?? []).map(({ size }) => Number(size));
  return { dtype: typeName(dtype), shape, tensor: encoding.case === 'name' ? encoding.value : '' };
}

/** Of the graph and of all functions that it calls. */
function opsOf(graph: tf.GraphDef | undefined): string[] {
  const library = new Map((graph?.library?.function ?? []).map((fn) => [fn.signature?.name ?? '', fn]));
  const used = new Set<string>();
  const open: (readonly tf.NodeDef[])[] = [graph?.node ?? []];
  const mark = (op: string) => {
    const called = library.get(op);
    if (called && !used.has(op)) open.push(called.nodeDef);
    used.add(op);
  };
  for (let nodes = open.pop(); nodes; nodes = open.pop()) {
    for (const node of nodes) {
      mark(node.op);
      const called = node.attr.f?.value;
      if (/^(Stateful)?PartitionedCall$/.test(node.op) && called?.case === 'func') mark(called.value.name);
    }
  }
  return [...used].filter((op) => !library.has(op)).sort();
}

/** Functions that the outermost object holds. Null for models of TensorFlow 1, which have no objects. */
function functionsOf(graphs: readonly tf.MetaGraphDef[]): SavedModelFunction[] | null {
  const objects = graphs.find(({ objectGraphDef }) => objectGraphDef)?.objectGraphDef;
  if (!objects) return null;
  const children = [...(objects.nodes[0]?.children ?? [])].sort((a, b) => compare(a.localName, b.localName));
  return children.flatMap(({ localName, nodeId }): SavedModelFunction[] => {
    const kind = objects.nodes[nodeId]?.kind;
    if (kind?.case !== 'function' && kind?.case !== 'bareConcreteFunction') return [];
    const names =
      kind.case === 'function' ? [...kind.value.concreteFunctions].sort() : [kind.value.concreteFunctionName];
    const options = names.flatMap((name) => {
      const signature = objects.concreteFunctions[name]?.canonicalizedInputSignature;
      return signature ? [structuredArguments(signature)] : [];
    });
    return [{ name: localName, options }];
  });
}

function sorted<T>(values: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(values).sort(([a], [b]) => compare(a, b));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
