/** @file Writes a SavedModel: for `tf.saved_model.load`, for sessions, and for TensorFlow Serving. */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  DEFAULT_SIGNATURES,
  type InputRange,
  type NetworkSpec,
  type SignatureSpecs,
  type WeightTensor,
} from '../../../contracts/index.ts';
import { tf } from '../../../proto/index.ts';
import { labelsText } from '../../labels.ts';
import { PREPROCESSING_FILE } from '../preprocessing-file.ts';
import { attribute, shapeProto, texts, typeNumber } from './attributes.ts';
import { type BundleTensor, encodeBundle } from './bundle.ts';
import type { TfAttributes } from './function-builder.ts';
import { checkpointKey, objectGraph } from './object-graph.ts';
import { callAttributes } from './picture-functions.ts';
import { type WrittenSignature, type WrittenTensor, writeSignatures } from './signatures.ts';
import { type TfVariable, variablesOf } from './variables.ts';

export interface SavedModelSource {
  readonly spec: NetworkSpec;
  /** Every parameter of the network, by name. */
  readonly weights: ReadonlyMap<string, WeightTensor>;
  /** Empty when nobody told them: classes then have their numbers as names. */
  readonly labels: readonly string[];
  /** Default: those of every model. */
  readonly signatures?: SignatureSpecs;
  /** What the numbers of the model's own input mean. Default `0..255`. */
  readonly inputRange?: InputRange;
}

/** Names of the files in a SavedModel's folder. */
export const SAVED_MODEL_FILES = {
  graph: 'saved_model.pb',
  index: 'variables/variables.index',
  data: 'variables/variables.data-00000-of-00001',
  labels: 'assets/labels.txt',
  preprocessing: PREPROCESSING_FILE,
} as const;

/** Older readers take a graph that was made for this version, of TensorFlow 2.4, and nothing here is newer. */
const GRAPH_VERSION = 561;

const LABELS_NODE = 'labels_file';
const RESTORE = 'restore';

/**
 * The files of a SavedModel, by their names: a graph with a function for each signature, the variables in Keras' layout
 * (a checkpoint), the labels as an asset, and in `assets.extra` what is done to a picture before the network.
 * @throws `export_unsupported` when a layer has no rule for TensorFlow
 */
export function writeSavedModel(source: SavedModelSource): Map<string, Uint8Array> {
  const { spec, labels, signatures, inputRange = '0..255' } = source;
  const variables = variablesOf(spec, source.weights);
  const written = writeSignatures({
    spec,
    labels,
    variables,
    signatures: signatures ?? DEFAULT_SIGNATURES,
    inputRange,
  });
  const objects = objectGraph(variables, written.signatures);
  const metaGraph = create(tf.MetaGraphDefSchema, {
    metaInfoDef: { tags: ['serve'], tensorflowVersion: '2.4.0', strippedDefaultAttrs: true },
    graphDef: {
      node: mainGraph(variables, written.signatures),
      library: { function: [...written.functions] },
      versions: { producer: GRAPH_VERSION, minConsumer: 12 },
    },
    saverDef: { filenameTensorName: 'saver_filename:0', saveTensorName: 'save:0', restoreOpName: RESTORE, version: 2 },
    signatureDef: Object.fromEntries(written.signatures.map((one, index) => [one.name, signatureDef(one, index)])),
    assetFileDef: [{ filename: 'labels.txt', tensorInfo: named(`${LABELS_NODE}:0`, 'DT_STRING', []) }],
    objectGraphDef: objects.saved,
  });
  const model = create(tf.SavedModelSchema, { savedModelSchemaVersion: 1n, metaGraphs: [metaGraph] });
  const tensors = new Map<string, BundleTensor>(
    variables.map((variable) => [
      checkpointKey(variable),
      { type: 'DT_FLOAT', shape: variable.shape, data: variable.data },
    ]),
  );
  const trackable = toBinary(tf.TrackableObjectGraphSchema, objects.trackable);
  tensors.set('_CHECKPOINTABLE_OBJECT_GRAPH', { type: 'DT_STRING', data: trackable });
  const { index, data } = encodeBundle(tensors);
  return new Map<string, Uint8Array>([
    [SAVED_MODEL_FILES.graph, toBinary(tf.SavedModelSchema, model)],
    [SAVED_MODEL_FILES.index, index],
    [SAVED_MODEL_FILES.data, data],
    [SAVED_MODEL_FILES.labels, Buffer.from(labelsText(labels))],
    [SAVED_MODEL_FILES.preprocessing, preprocessing(source)],
  ]);
}

function preprocessing({ spec, labels, inputRange = '0..255' }: SavedModelSource): Uint8Array {
  const facts = {
    ...spec.input,
    inputRange,
    resize: 'bilinear, half-pixel centres, no antialiasing, rounded half to even',
    grey: '0.299 R + 0.587 G + 0.114 B, rounded',
    alpha: 'composed on black',
    labels,
  };
  return Buffer.from(`${JSON.stringify(facts, null, 2)}\n`);
}

/** For sessions: an input and a call for each signature, and the variables with what saves and restores them. */
function mainGraph(variables: readonly TfVariable[], signatures: readonly WrittenSignature[]): tf.NodeDef[] {
  const nodes: tf.NodeDef[] = [];
  const add = (name: string, op: string, input: readonly string[], attr: TfAttributes = {}): void => {
    nodes.push(create(tf.NodeDefSchema, { name, op, input: [...input], attr }));
  };
  const constant = (name: string, values: readonly string[], shape: readonly number[]): void =>
    add(name, 'Const', [], {
      dtype: attribute.type('DT_STRING'),
      value: attribute.tensor(texts(values, shape)),
    });
  const dtype = attribute.type('DT_FLOAT');
  for (const { node, shape } of variables) {
    add(node, 'VarHandleOp', [], { dtype, shape: attribute.shape(shape), shared_name: attribute.text(node) });
  }
  for (const [index, signature] of signatures.entries()) {
    const { input, outputs, functionName } = signature;
    const placeholder = inputNode(signature);
    add(placeholder, 'Placeholder', [], { dtype: attribute.type(input.type), shape: attribute.shape(input.shape) });
    const taken = [{ type: input.type }, ...variables.map(() => ({ type: 'DT_RESOURCE' as const }))];
    const given = outputs.map(({ type }) => type);
    add(callNode(index), 'StatefulPartitionedCall', [placeholder, ...variables.map(({ node }) => node)], {
      ...callAttributes(functionName, taken, given),
      _output_shapes: attribute.shapes(outputs.map(({ shape }) => shape)),
    });
  }
  constant(LABELS_NODE, ['labels.txt'], []);
  add('saver_filename', 'Placeholder', [], { dtype: attribute.type('DT_STRING'), shape: attribute.shape([]) });
  constant('saver_names', variables.map(checkpointKey), [variables.length]);
  constant(
    'saver_slices',
    variables.map(() => ''),
    [variables.length],
  );
  const dtypes = attribute.types(...variables.map(() => 'DT_FLOAT' as const));
  const saver = ['saver_filename', 'saver_names', 'saver_slices'];
  for (const { index, node } of variables) add(`saver_read_${index}`, 'ReadVariableOp', [node], { dtype });
  add('saver_write', 'SaveV2', [...saver, ...variables.map(({ index }) => `saver_read_${index}`)], { dtypes });
  add('save', 'Identity', ['saver_filename', '^saver_write'], { T: attribute.type('DT_STRING') });
  add('saver_values', 'RestoreV2', saver, { dtypes });
  for (const [place, { index, node }] of variables.entries()) {
    add(`saver_assign_${index}`, 'AssignVariableOp', [node, `saver_values:${place}`], { dtype });
  }
  add(
    RESTORE,
    'NoOp',
    variables.map(({ index }) => `^saver_assign_${index}`),
  );
  return nodes;
}

/** As TensorFlow itself names them. */
function inputNode({ name, input }: WrittenSignature): string {
  return `${name}_${input.name}`;
}

function callNode(index: number): string {
  return index === 0 ? 'StatefulPartitionedCall' : `StatefulPartitionedCall_${index}`;
}

function signatureDef(signature: WrittenSignature, index: number): tf.SignatureDef {
  const { method, input, outputs } = signature;
  return create(tf.SignatureDefSchema, {
    methodName: method,
    inputs: { [input.name]: info(`${inputNode(signature)}:0`, input) },
    outputs: Object.fromEntries(
      outputs.map((output, place) => [output.name, info(`${callNode(index)}:${place}`, output)]),
    ),
  });
}

function info(tensor: string, { type, shape }: WrittenTensor): tf.TensorInfo {
  return named(tensor, type, shape);
}

function named(name: string, type: WrittenTensor['type'], shape: readonly number[]): tf.TensorInfo {
  return create(tf.TensorInfoSchema, {
    encoding: { case: 'name', value: name },
    dtype: typeNumber(type),
    tensorShape: shapeProto(shape),
  });
}
