/** @file Reads a layers model of TensorFlow.js: `model.json` with its shards of weights beside it. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { PictorError } from '../../contracts/index.ts';
import { type FileBeside, fileBeside } from '../file-beside.ts';
import type { ImportedModel, ReadOptions } from '../imported-model.ts';
import { assembleModel } from '../keras/assemble-model.ts';
import { type Fields, fieldsOf, isFields, listOf, textOf } from '../keras/config/fields.ts';
import { parseModel } from '../keras/config/parse-model.ts';
import { readJson } from '../keras/config/read-json.ts';
import { notesIn } from '../keras/notes.ts';
import { refuseLayers } from '../keras/refuse-layers.ts';
import type { StoredLayer, StoredTensor } from '../keras/stored-layers.ts';
import { readPart } from '../read-part.ts';
import { decodeNumbers, isStoredType, numberBytes, type Packing, type StoredType } from './numbers.ts';

const DESCRIPTION = 'model.json';
/** A description has some kB a layer. */
const MAX_JSON_BYTES = 64 << 20;
/** Converters cut weights into files of 4 MB: the largest network has some hundred. */
const MAX_SHARDS = 10_000;
/** TensorFlow.js has the layers and meanings of Keras 2. */
const MAJOR = 2;

/**
 * @param place the folder, or the `model.json` in it
 * @throws `model_file_invalid` when a shard is missing or too short; `model_unsupported` for graph models and for layers that
 *   cannot be read
 */
export async function readTfjs(place: string, options: ReadOptions = {}): Promise<ImportedModel> {
  const isFolder = (await stat(place).catch(() => null))?.isDirectory() ?? false;
  const file = isFolder ? path.join(place, DESCRIPTION) : place;
  const fileName = path.basename(file);
  const size = (await stat(file).catch(() => null))?.size ?? null;
  if (size === null) throw invalid(fileName, `there is no such file: ${file}`);
  if (size > MAX_JSON_BYTES) throw invalid(fileName, `it has ${size} bytes; at most ${MAX_JSON_BYTES} were expected`);
  const description = fieldsOf(readJson(await readFile(file, 'utf8'), fileName));
  const topology = fieldsOf(description.modelTopology ?? description);
  const config = topology.model_config ?? topology;
  if (description.format === 'graph-model' || !isFields(config) || config.class_name === undefined) {
    throw new PictorError(
      'model_unsupported',
      `${fileName} is no layers model of TensorFlow.js${description.format === 'graph-model' ? ' but a graph model' : ''}.`,
      { fix: 'Import the SavedModel or Keras file that it was converted from.' },
    );
  }
  const model = parseModel(config);
  refuseLayers(model);
  const weights = await storedWeightsOf(description, path.dirname(file), fileName);
  const version = textOf(description.generatedBy);
  return assembleModel(
    {
      format: 'tfjs',
      fileName,
      model,
      producer: version === null ? 'TensorFlow.js' : `TensorFlow.js (${version})`,
      major: MAJOR,
      notes: notesIn((name) => fieldsOf(description.userDefinedMetadata)[name]),
      stored: layersOf([...weights.keys()]),
      read: async (dataset) => (weights.get(dataset) as () => Promise<Float32Array>)(),
    },
    options,
  );
}

type Weights = ReadonlyMap<StoredTensor['dataset'], () => Promise<Float32Array>>;

/** Every weight's shape, and the way to its numbers; nothing is read but the sizes of the shards. */
async function storedWeightsOf(description: Fields, folder: string, fileName: string): Promise<Weights> {
  const weights = new Map<StoredTensor['dataset'], () => Promise<Float32Array>>();
  const taken = new Set<string>();
  for (const entry of listOf(description.weightsManifest)) {
    const group = fieldsOf(entry);
    const shards = await shardsOf(listOf(group.paths), taken, folder, fileName);
    let offset = 0;
    for (const value of listOf(group.weights)) {
      const { dataset, type, packing } = describe(fieldsOf(value), fileName);
      const start = offset;
      const count = dataset.shape.reduce((product, side) => product * side, 1);
      offset += count * dataset.bytes;
      weights.set(dataset, async () =>
        decodeNumbers(await readAcross(shards, start, count * dataset.bytes), type, packing),
      );
    }
    const bytes = shards.reduce((sum, shard) => sum + shard.bytes, 0);
    if (offset > bytes) {
      throw invalid(fileName, `its weights have ${offset} bytes, and their files ${bytes}`);
    }
  }
  return weights;
}

/** @param taken files of the groups before; those of this one are added */
async function shardsOf(
  paths: readonly unknown[],
  taken: Set<string>,
  folder: string,
  fileName: string,
): Promise<FileBeside[]> {
  if (taken.size + paths.length > MAX_SHARDS)
    throw invalid(fileName, `it names more than ${MAX_SHARDS} files of weights`);
  const shards: FileBeside[] = [];
  for (const value of paths) {
    const shard = await fileBeside(folder, textOf(value) ?? '', (reason) => invalid(fileName, reason));
    // Numbers that are there once must not be counted twice.
    if (taken.has(shard.path)) throw invalid(fileName, `it names ${JSON.stringify(value)} twice`);
    taken.add(shard.path);
    shards.push(shard);
  }
  return shards;
}

function describe(
  weight: Fields,
  fileName: string,
): { readonly dataset: StoredTensor['dataset']; readonly type: StoredType; readonly packing: Packing | null } {
  const name = textOf(weight.name) ?? '';
  const shape = listOf(weight.shape);
  const isShape = shape.every((side) => Number.isSafeInteger(side) && (side as number) >= 0);
  const count = shape.reduce<number>((product, side) => product * Number(side), 1);
  if (name === '' || !isShape || !Number.isSafeInteger(count))
    throw invalid(fileName, `weight "${name}" has no name or shape`);
  const quantization = isFields(weight.quantization) ? weight.quantization : null;
  const type = quantization ? quantization.dtype : weight.dtype;
  if (!isStoredType(type)) throw invalid(fileName, `weight "${name}" has numbers of type ${JSON.stringify(type)}`);
  const packing = quantization ? { min: Number(quantization.min ?? 0), scale: Number(quantization.scale ?? 1) } : null;
  const dataset = {
    path: name,
    shape: shape as readonly number[],
    readable: true,
    type,
    bytes: numberBytes(type),
    packed: false,
  };
  return { dataset, type, packing };
}

/** Layers by the names of their weights: `conv1/kernel`, in a model in the model `base/conv1/kernel`. */
function layersOf(datasets: readonly StoredTensor['dataset'][]): StoredLayer[] {
  const byOwner = new Map<string, StoredTensor[]>();
  for (const dataset of datasets) {
    const owner = dataset.path.slice(0, Math.max(dataset.path.lastIndexOf('/'), 0));
    const tensors = byOwner.get(owner) ?? [];
    byOwner.set(owner, tensors);
    tensors.push({ name: dataset.path, dataset });
  }
  return [...byOwner].map(([owner, tensors]) => {
    // tfjs names the layer twice where it is used with others: conv2d_Conv2D1/kernel.
    return { name: owner.split('/').at(-1) ?? owner, kind: null, tensors, path: [] };
  });
}

async function readAcross(shards: readonly FileBeside[], start: number, length: number): Promise<Buffer> {
  const target = Buffer.alloc(length);
  let before = 0;
  for (const { path: file, bytes } of shards) {
    const [from, to] = [Math.max(start, before), Math.min(start + length, before + bytes)];
    if (from < to) target.set(await readPart(file, from - before, to - from), from - start);
    before += bytes;
  }
  return target;
}

function invalid(fileName: string, problem: string): PictorError {
  return new PictorError('model_file_invalid', `${fileName} cannot be used: ${problem}.`, {
    fix: 'Keep model.json and its weights together; convert the model again.',
  });
}
