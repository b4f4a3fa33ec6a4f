/** @file An ONNX file as a message, with its weights inside and every declared size checked. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { dataTypeOfOnnx, onnx } from '../../proto/index.ts';
import { fileBeside } from '../file-beside.ts';
import { readPart } from '../read-part.ts';
import { damaged, unsupported } from './refuse.ts';
import { bytesPerElement } from './types.ts';

/** A protobuf message holds at most as much. */
const MAX_MODEL_BYTES = 2 ** 31 - 1;
/** `TensorProto.DataLocation`. */
const EXTERNAL = 1;
/** Graphs inside of graphs (branches, loops), so many deep. */
const MAX_DEPTH = 32;

/** @throws `model_file_invalid`, `model_unsupported` */
export async function readOnnxFile(file: string): Promise<onnx.ModelProto> {
  const name = path.basename(file);
  const stats = await stat(file).catch((cause) => {
    throw damaged(name, `there is no file ${file}`, cause);
  });
  if (!stats.isFile()) throw damaged(name, 'it is not a file');
  if (stats.size > MAX_MODEL_BYTES) throw damaged(name, `it has ${stats.size} bytes; a model file has at most 2 GB`);
  const model = decodeOnnx(await readFile(file), name);
  const place = { folder: path.dirname(file), name, left: MAX_MODEL_BYTES - stats.size };
  for (const tensor of tensorsOf(model)) await settle(tensor, place);
  return model;
}

/** @throws `model_file_invalid` */
export function decodeOnnx(bytes: Uint8Array, name: string): onnx.ModelProto {
  if (bytes.length === 0) throw damaged(name, 'it is empty');
  let model: onnx.ModelProto;
  try {
    model = fromBinary(onnx.ModelProtoSchema, bytes);
  } catch (cause) {
    throw damaged(name, 'it is truncated, damaged, or no ONNX file', cause);
  }
  if (!model.graph || model.graph.node.length === 0) throw damaged(name, 'it has no graph');
  if (model.opsetImport.length === 0) throw damaged(name, 'it does not say which opset it uses');
  return model;
}

/** Every tensor of the file: initialisers, those in attributes, and those of graphs in attributes. */
function* tensorsOf({ graph, functions }: onnx.ModelProto): Generator<onnx.TensorProto> {
  if (graph) yield* graphTensors(graph, 0);
  for (const { node } of functions) yield* nodeTensors(node, 0);
}

function* graphTensors(graph: onnx.GraphProto, depth: number): Generator<onnx.TensorProto> {
  yield* graph.initializer;
  yield* nodeTensors(graph.node, depth);
}

function* nodeTensors(nodes: readonly onnx.NodeProto[], depth: number): Generator<onnx.TensorProto> {
  if (depth > MAX_DEPTH) return;
  for (const { attribute } of nodes) {
    for (const { t, tensors, g, graphs } of attribute) {
      if (t) yield t;
      yield* tensors;
      for (const inner of g ? [g, ...graphs] : graphs) yield* graphTensors(inner, depth + 1);
    }
  }
}

interface Place {
  readonly folder: string;
  readonly name: string;
  /** Bytes that may still be taken into the file. */
  left: number;
}

/** Takes the numbers of a tensor into the file, and compares their count with the shape. */
async function settle(tensor: onnx.TensorProto, place: Place): Promise<void> {
  const shown = JSON.stringify(tensor.name?.slice(0, 100) ?? '');
  const type = dataTypeOfOnnx(tensor.dataType ?? 0);
  const count = tensor.dims.reduce((product, side) => product * side, 1n);
  if (tensor.dims.some((side) => side < 0n) || count > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw damaged(place.name, `its tensor ${shown} has the shape [${tensor.dims.join(', ')}]`);
  }
  if (tensor.dataLocation === EXTERNAL) await takeExternal(tensor, place, shown);
  // Types of fewer than 8 bits are packed in ways that the runtime checks.
  if (!type) return;
  const numbers = Number(count);
  const found = numbersOf(tensor, bytesPerElement(type));
  if (found === numbers) return;
  throw damaged(
    place.name,
    `its tensor ${shown} has ${found} numbers; its shape [${tensor.dims.join(', ')}] needs ${numbers}`,
  );
}

function numbersOf(tensor: onnx.TensorProto, bytes: number): number {
  const { rawData, floatData, int32Data, int64Data, doubleData, uint64Data, stringData } = tensor;
  if (bytes > 0 && rawData && rawData.length > 0) return rawData.length / bytes;
  return (
    floatData.length + int32Data.length + int64Data.length + doubleData.length + uint64Data.length + stringData.length
  );
}

async function takeExternal(tensor: onnx.TensorProto, place: Place, shown: string): Promise<void> {
  const facts = new Map(tensor.externalData.map(({ key = '', value = '' }) => [key, value]));
  const location = facts.get('location') ?? '';
  const { path: file, bytes: size } = await fileBeside(place.folder, location, (reason, cause) =>
    damaged(place.name, reason, cause),
  );
  const offset = Number(facts.get('offset') ?? 0);
  const length = Number(facts.get('length') ?? size - offset);
  if (
    !Number.isSafeInteger(offset) ||
    !Number.isSafeInteger(length) ||
    offset < 0 ||
    length < 0 ||
    offset + length > size
  ) {
    throw damaged(place.name, `its tensor ${shown} lies outside of ${location}, which has ${size} bytes`);
  }
  place.left -= length;
  if (place.left < 0) {
    throw unsupported(
      place.name,
      'with the files beside it, it has more than 2 GB',
      'Export it in float16, or a smaller model.',
    );
  }
  tensor.rawData = await readPart(file, offset, length);
  tensor.externalData = [];
  tensor.dataLocation = 0;
}
