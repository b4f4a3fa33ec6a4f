/** @file Reads a SavedModel, of TensorFlow 1 or 2: its signatures as ONNX graphs, under their own names. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { type GraphSignature, type ImageShape, PictorError, type TensorInfo } from '../../../contracts/index.ts';
import type { tf } from '../../../proto/index.ts';
import { findPictureSignature, fixedBatchWarnings } from '../../import/picture-signature.ts';
import { whySignatureFails } from '../../import/try-signature.ts';
import type { ImportedModel, ReadOptions } from '../../imported-model.ts';
import { type Bundle, openBundle } from './checkpoint/bundle.ts';
import { type Known, knownOf } from './convert/known.ts';
import type { Value } from './convert/value.ts';
import { folderFiles, type ModelFiles } from './files.ts';
import { InlinedGraph } from './graph/inline.ts';
import type { FlatNode } from './graph/node.ts';
import { LayerList } from './layers.ts';
import { readMetaGraph } from './meta-graph.ts';
import { readPreprocessing } from './preprocessing.ts';
import { damaged, Unsupported } from './refuse.ts';
import { type ConvertedSignature, convertSignature, lastOp, type OpenSignature, openSignature } from './signature.ts';
import { readTables, TABLE_OPS } from './tables.ts';
import { VARIABLE_OPS, variableKeys } from './variables.ts';

const VARIABLES = 'variables/variables';
/** Signatures that TensorFlow itself uses. */
const INTERNAL = /^__saved_model/;
const DEFAULT_SIGNATURE = 'serving_default';

/**
 * Reads a SavedModel folder, or its `saved_model.pb`. Every signature that can be computed is converted; what cannot is
 * told in `warnings`.
 * @throws `model_file_invalid` when it is damaged; `model_unsupported` when no signature can be converted
 */
export async function readSavedModel(place: string, options: ReadOptions = {}): Promise<ImportedModel> {
  const stats = await stat(place).catch(() => null);
  const folder = stats?.isFile() ? path.dirname(place) : place;
  return readSavedModelFiles(folderFiles(folder), options);
}

/** The same, of files that lie anywhere. */
export async function readSavedModelFiles(files: ModelFiles, options: ReadOptions = {}): Promise<ImportedModel> {
  return readMetaGraphModel(files, await readMetaGraph(files), options);
}

/** A graph with signatures; its variables are among the files. @throws as `readSavedModel` */
export async function readMetaGraphModel(
  files: ModelFiles,
  meta: tf.MetaGraphDef,
  options: ReadOptions = {},
): Promise<ImportedModel> {
  const { graphDef } = meta;
  if (!graphDef) throw damaged(files.name, 'it holds no graph');
  const definitions = Object.entries(meta.signatureDef)
    .filter(([name]) => !INTERNAL.test(name))
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  if (definitions.length === 0) {
    throw damaged(
      files.name,
      'it has no signatures, so nothing tells what goes in and out',
      'Save it with signatures.',
    );
  }
  const failures = new Map<string, Unsupported>();
  const attempt = async <T>(name: string, work: () => T | Promise<T>): Promise<T | null> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      failures.set(name, error);
      return null;
    }
  };
  const opened: OpenSignature[] = [];
  for (const [name, definition] of definitions) {
    const open = await attempt(name, () => openSignature(files.name, graphDef, name, definition));
    if (open) opened.push(open);
  }
  const { labels, inputRange } = await readPreprocessing(files);
  const refused = (error: unknown): never => {
    if (!(error instanceof Unsupported)) throw error;
    throw unsupported(files, new Map([...failures, ...opened.map(({ name }) => [name, error] as const)]));
  };
  const variables = await loadVariables(files, meta, graphDef, opened, options.signal).catch(refused);
  const made = opened.flatMap(({ nodes }) => nodes.filter(({ op }) => TABLE_OPS.has(op)));
  const tables = await readTables(files, meta, graphDef, made).catch(refused);
  const resources = { variables: variables.values, tables };
  const layers = new LayerList();
  const graphs = new GraphFiles();
  const signatures: Record<string, GraphSignature> = {};
  for (const open of opened) {
    options.signal?.throwIfAborted();
    const onNode = Object.keys(signatures).length === 0 ? layers.add : undefined;
    const rows = layers.rows.length;
    const signature = await attempt(open.name, async () => {
      const converted = convertSignature(files.name, open, resources, onNode ?? (() => {}));
      return placed(open.name, converted, graphs, options);
    });
    if (signature) signatures[open.name] = signature;
    else layers.rows.length = rows;
  }
  const warnings = [
    ...[...failures].map(([name, { message }]) => `The signature "${name}" is left out: ${message}.`),
    ...fixedBatchWarnings(signatures),
  ];
  if (Object.keys(signatures).length === 0) throw unsupported(files, failures);
  const served = opened.find(({ name }) => name === Object.keys(signatures)[0]);
  const version = meta.metaInfoDef?.tensorflowVersion ?? '';
  return {
    format: 'savedmodel',
    producer: version === '' ? null : `tensorflow ${version}`,
    labels,
    input: imageOf(signatures, options.image),
    inputRange,
    answers: served ? answersOf(served) : null,
    parameters: variables.parameters || constantsIn(opened),
    network: null,
    graphs: graphs.files,
    signatures,
    layers: layers.rows,
    warnings,
  };
}

function rank(name: string): number {
  return name === DEFAULT_SIGNATURE ? 0 : 1;
}

interface LoadedVariables {
  readonly values: ReadonlyMap<string, Value>;
  readonly parameters: number;
}

/** Reads the variables that signatures use, and no others: optimizers have many. */
async function loadVariables(
  files: ModelFiles,
  meta: tf.MetaGraphDef,
  graph: tf.GraphDef,
  signatures: readonly OpenSignature[],
  signal?: AbortSignal,
): Promise<LoadedVariables> {
  const needed = new Map<string, FlatNode>();
  for (const { nodes } of signatures)
    for (const node of nodes) if (VARIABLE_OPS.has(node.op)) needed.set(node.name, node);
  const values = new Map<string, Value>();
  if (needed.size === 0) return { values, parameters: 0 };
  if ((await files.size(`${VARIABLES}.index`)) === null) {
    throw damaged(
      files.name,
      `${VARIABLES}.index is missing; it lists the variables of the model`,
      'Copy the whole folder, with `variables`.',
    );
  }
  const bundle: Bundle = await openBundle(files, VARIABLES);
  const keyOf = await variableKeys(new InlinedGraph(files.name, graph, new Map()), meta.saverDef, bundle);
  const byKey = new Map<string, Known>();
  for (const node of needed.values()) {
    signal?.throwIfAborted();
    const key = keyOf(node);
    if (key === null) continue;
    const known = byKey.get(key) ?? knownOf(await bundle.read(key));
    byKey.set(key, known);
    values.set(node.name, { dtype: known.dtype, shape: known.shape, known, node: null, layout: 'plain' });
  }
  return { values, parameters: [...byKey.values()].reduce((sum, { data }) => sum + data.length, 0) };
}

/** Of a frozen graph, weights are constants. */
function constantsIn(signatures: readonly OpenSignature[]): number {
  const constants = new Map<string, number>();
  for (const { nodes } of signatures) {
    for (const { op, name, attributes } of nodes) {
      const tensor = op === 'Const' ? attributes.tensor('value') : undefined;
      const isFloat = tensor !== undefined && (tensor.dtype === 1 || tensor.dtype === 2 || tensor.dtype === 19);
      const sizes = tensor?.tensorShape?.dim.map(({ size }) => Number(size)) ?? [];
      if (isFloat && sizes.length > 0)
        constants.set(
          name,
          sizes.reduce((product, size) => product * size, 1),
        );
    }
  }
  return [...constants.values()].reduce((sum, count) => sum + count, 0);
}

/** A signature with its graphs among the files. @throws Unsupported when its graph cannot be run */
async function placed(
  name: string,
  { signature, graph, pictures, origins }: ConvertedSignature,
  graphs: GraphFiles,
  options: ReadOptions,
): Promise<GraphSignature> {
  const isNew = !graphs.has(graph);
  const parts = Object.fromEntries([...pictures].map(([alias, part]) => [alias, part.files.nodes]));
  const failure = isNew ? await whySignatureFails(graph, signature, parts, { ...options, origins }) : null;
  if (failure !== null) throw new Unsupported(failure, []);
  const own = graphs.add(name, graph);
  if (pictures.size === 0) return { ...signature, graph: own };
  const prepared = [...pictures].map(([alias, part]) => {
    return [alias, { graph: graphs.add(`${name}-pictures`, part.graph), ...part.files }] as const;
  });
  return { ...signature, graph: own, pictures: Object.fromEntries(prepared) };
}

/** Equal graphs are one file: exports often have one signature under two names. */
class GraphFiles {
  readonly files: Record<string, Uint8Array> = {};
  readonly #byHash = new Map<string, string>();

  has(graph: Uint8Array): boolean {
    return this.#byHash.has(hashOf(graph));
  }

  add(name: string, graph: Uint8Array): string {
    const hash = hashOf(graph);
    const known = this.#byHash.get(hash);
    if (known) return known;
    const first = Object.keys(this.files).length === 0;
    const usual = first ? 'model.onnx' : `model-${name.replace(/[^\w.-]+/g, '-').slice(0, 60)}.onnx`;
    const file = usual in this.files ? `model-${hash.slice(0, 12)}.onnx` : usual;
    this.files[file] = graph;
    this.#byHash.set(hash, file);
    return file;
  }
}

function hashOf(graph: Uint8Array): string {
  return createHash('sha256').update(graph).digest('hex');
}

function imageOf(signatures: Readonly<Record<string, GraphSignature>>, known?: Partial<ImageShape>): ImageShape | null {
  const prepared = Object.values(signatures).flatMap(({ pictures }) => Object.values(pictures ?? {}));
  const [decoded] = prepared.flatMap(({ nodes }) => Object.values(nodes).flatMap(({ shape }) => imageIn(shape) ?? []));
  return findPictureSignature(signatures, { ...decoded, ...known })?.image ?? decoded ?? null;
}

/** What pictures become, where it is pixels of a known size. */
function imageIn(shape: TensorInfo['shape']): ImageShape | null {
  if (shape?.length !== 4) return null;
  const [, height, width, channels] = shape;
  return height > 0 && width > 0 && (channels === 1 || channels === 3) ? { height, width, channels } : null;
}

const LINEAR: ReadonlySet<string> = new Set(['BiasAdd', 'MatMul', 'Add', 'AddV2', 'Conv2D', 'Mean']);

/** Told by what computes the answer. */
function answersOf({ outputs }: OpenSignature): ImportedModel['answers'] {
  const ops = outputs.filter(({ dtype }) => dtype === 'DT_FLOAT').map(({ ref }) => lastOp(ref).op);
  if (ops.includes('Softmax') || ops.includes('Sigmoid')) return 'probabilities';
  return ops.some((op) => LINEAR.has(op)) ? 'logits' : null;
}

function unsupported(files: ModelFiles, failures: ReadonlyMap<string, Unsupported>): PictorError {
  const reasons = [...failures].map(([name, { message }]) => `"${name}": ${message}`);
  const parts = [...new Set([...failures.values()].flatMap((failure) => failure.parts))];
  const fix = [...failures.values()].find((failure) => failure.fix)?.fix;
  return new PictorError(
    'model_unsupported',
    `${files.name} cannot be imported; of its signatures, ${reasons.join('; ')}.`,
    {
      details: { operators: parts },
      ...(fix === undefined ? {} : { fix }),
    },
  );
}
