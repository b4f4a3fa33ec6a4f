/** @file ONNX models: the graph as it is, with its own inputs and outputs as `serving_default`. */
import path from 'node:path';
import { toBinary } from '@bufbuild/protobuf';
import type { GraphTensor, ModelManifest } from '../../contracts/index.ts';
import { dataTypeOfOnnx, onnx } from '../../proto/index.ts';
import { findPictureSignature, fixedBatchWarnings } from '../import/picture-signature.ts';
import { whySignatureFails } from '../import/try-signature.ts';
import type { ImportedModel, ReadOptions } from '../imported-model.ts';
import { readOnnxFile } from './file.ts';
import { labelsIn } from './labels.ts';
import { onnxLayers, onnxParameters } from './layers.ts';
import { imageIn, rangeIn } from './notes.ts';
import { cutMaps } from './outputs.ts';
import { refusedByRuntime, unsupported } from './refuse.ts';

const OLDEST_OPSET = 7n;
/** Of the runtime. Operators of others come as libraries of machine code, which are not loaded. */
const DOMAINS = new Set(['', 'ai.onnx', 'ai.onnx.ml', 'com.microsoft', 'com.microsoft.nchwc']);
const GRAPH_FILE = 'model.onnx';
/** The last operators of classifiers, and what they give. */
const ANSWERS: Readonly<Record<string, ModelManifest['answers']>> = {
  Softmax: 'probabilities',
  Sigmoid: 'probabilities',
  Gemm: 'logits',
  MatMul: 'logits',
};

/**
 * Reads opset 7 and later, with weights inside or in files beside it.
 * @throws `model_file_invalid`; `model_unsupported` for operators that the runtime does not know, which are named
 */
export async function readOnnx(file: string, { image = {}, signal }: ReadOptions = {}): Promise<ImportedModel> {
  const name = path.basename(file);
  const model = await readOnnxFile(file);
  const graph = model.graph!;
  checkOperators(model, name);
  const { cut, removed } = cutMaps(graph);
  const bytes = toBinary(onnx.ModelProtoSchema, model);
  const { layers, shapes } = await onnxLayers(model, signal).catch((error) => {
    throw refusedByRuntime(name, error);
  });
  const weights = new Set(graph.initializer.map((tensor) => tensor.name));
  const inputs = graph.input.filter((input) => !weights.has(input.name));
  const ownNames = new Map(cut.map(({ name: own, node }) => [node, own]));
  const signature = {
    method: 'tensorflow/serving/predict',
    graph: GRAPH_FILE,
    inputs: tensorsOf(inputs, name, new Map(), new Map()),
    outputs: tensorsOf(graph.output, name, ownNames, shapes),
  };
  const signatures = { serving_default: signature };
  const notes = new Map(model.metadataProps.map(({ key = '', value = '' }) => [key, value]));
  const known = { ...imageIn(notes), ...image };
  const picture = findPictureSignature(signatures, known);
  const failure = await whySignatureFails(bytes, signature, {}, { image: known, signal });
  if (failure !== null) throw unsupported(name, failure);
  return {
    format: 'onnx',
    producer: [model.producerName, model.producerVersion].filter(Boolean).join(' ') || null,
    labels: cut.find(({ labels }) => labels.length > 0)?.labels ?? labelsIn(notes),
    input: picture?.image ?? null,
    ...(picture ? { inputLayout: picture.layout } : {}),
    inputRange: picture && inputs[0] && elementType(inputs[0]) === 'DT_UINT8' ? '0..255' : rangeIn(notes),
    answers: picture ? answersOf(graph, signature.outputs[picture.signature.output].node) : null,
    parameters: onnxParameters(model),
    network: null,
    graphs: { [GRAPH_FILE]: bytes },
    signatures,
    layers,
    warnings: [
      ...removed.map((output) => `Output "${output}" is no tensor and was left out.`),
      ...fixedBatchWarnings(signatures),
    ],
  };
}

function checkOperators({ graph, opsetImport, functions }: onnx.ModelProto, name: string): void {
  const opset = opsetImport.find(({ domain }) => !domain || domain === 'ai.onnx')?.version;
  if (opset !== undefined && opset < OLDEST_OPSET) {
    const fix = 'Convert it with onnx.version_converter, or export it again for a newer opset.';
    throw unsupported(name, `it uses opset ${opset}; opset ${OLDEST_OPSET} and later are read`, fix);
  }
  const own = new Set(functions.map(({ domain }) => domain));
  const foreign = (graph?.node ?? []).filter(({ domain = '' }) => !DOMAINS.has(domain) && !own.has(domain));
  if (foreign.length === 0) return;
  const names = [...new Set(foreign.map(({ domain, opType }) => `${domain}.${opType}`))].sort();
  throw unsupported(name, `these operators belong to libraries that are not loaded: ${names.slice(0, 20).join(', ')}`);
}

function tensorsOf(
  values: readonly onnx.ValueInfoProto[],
  file: string,
  ownNames: ReadonlyMap<string, string>,
  inferred: ReadonlyMap<string, readonly number[]>,
): Record<string, GraphTensor> {
  if (values.length === 0) throw unsupported(file, 'no input or no output of it is a tensor');
  const entries = values.map((value): [string, GraphTensor] => {
    const node = value.name ?? '';
    const dtype = elementType(value);
    if (!dtype) throw unsupported(file, `"${node}" is not a tensor of a type that is known here`);
    const own = ownNames.get(node) ?? node;
    return [own, { dtype, shape: shapeOf(value) ?? inferred.get(node) ?? null, tensor: own, node }];
  });
  return Object.fromEntries(entries);
}

function elementType({ type }: onnx.ValueInfoProto): GraphTensor['dtype'] | null {
  if (type?.value.case !== 'tensorType') return null;
  return dataTypeOfOnnx(type.value.value.elemType ?? 0);
}

function shapeOf({ type }: onnx.ValueInfoProto): number[] | null {
  if (type?.value.case !== 'tensorType' || !type.value.value.shape) return null;
  return type.value.value.shape.dim.map(({ value }) => {
    const side = value.case === 'dimValue' ? Number(value.value) : -1;
    return side >= 0 && Number.isSafeInteger(side) ? side : -1;
  });
}

/** Goes back from the answer over what only moves numbers. */
function answersOf(graph: onnx.GraphProto, output: string): ModelManifest['answers'] | null {
  let value = output;
  for (let step = 0; step < 8; step += 1) {
    const maker = graph.node.find((node) => node.output.includes(value));
    if (!maker) return null;
    const known = ANSWERS[maker.opType ?? ''];
    if (known) return known;
    const moves = ['Identity', 'Reshape', 'Squeeze', 'Flatten', 'Cast'].includes(maker.opType ?? '');
    const isBias = maker.opType === 'Add';
    if (!moves && !isBias) return null;
    value = maker.input.find((input) => graph.node.some((node) => node.output.includes(input))) ?? '';
  }
  return null;
}
