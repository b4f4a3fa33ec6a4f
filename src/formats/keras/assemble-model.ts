/** @file From a Keras model's description and its stored weights to what every reader of model files gives. */
import { type NetworkSpec, PictorError, type WeightTensor } from '../../contracts/index.ts';
import { describeNetwork } from '../../nn/index.ts';
import type { ImportedModel, ReadOptions } from '../imported-model.ts';
import { networkLayers } from '../inspect/network-layers.ts';
import { layersOf, type ModelConfig } from './config/model-config.ts';
import { inputRangeOf } from './input-range.ts';
import { type KerasParameter, kerasLayers } from './layouts.ts';
import { modelInput } from './model-input.ts';
import { modelOutput } from './model-output.ts';
import type { FoundNotes } from './notes.ts';
import { type ReadNumbers, readFinite } from './read-finite.ts';
import type { StoredLayer, StoredTensor } from './stored-layers.ts';
import { type StoredWeights, storedWeights } from './stored-weights.ts';
import { type LayerPath, nodesOfModel } from './to-network.ts';

export interface KerasModelFile {
  readonly format: ImportedModel['format'];
  /** For messages. */
  readonly fileName: string;
  /** Whose layers can all be read: `refuseLayers`. */
  readonly model: ModelConfig;
  /** `keras 2.10.0`; null when the file does not tell. */
  readonly producer: string | null;
  /** Version of the Keras whose meanings the description has. */
  readonly major: number;
  readonly notes: FoundNotes;
  readonly stored: readonly StoredLayer[];
  readonly read: ReadNumbers;
}

/**
 * The model's one signature has the names that TensorFlow gives it: the input layer's, and the last layer's with Keras 2, or
 * `output_0` with Keras 3.
 * @throws `model_unsupported` naming a layer and what of it is not supported; `model_file_invalid` when weights are missing
 */
export async function assembleModel(file: KerasModelFile, options: ReadOptions = {}): Promise<ImportedModel> {
  const { model, fileName } = file;
  const input = modelInput(model, options.image);
  const weightsOf = storedWeights(model, file.stored);
  const statistics = await readStatistics(model, weightsOf, file);
  const walked = nodesOfModel(model, input.image, input.before, {
    major: file.major,
    statistics: (path) => statistics.get(idOf(path)) ?? null,
  });
  const end = modelOutput(walked);
  const spec: NetworkSpec = {
    name: model.name,
    input: input.image,
    nodes: end.nodes,
    output: end.output,
    ...(end.outputActivation === 'softmax' ? {} : { outputActivation: end.outputActivation }),
  };
  const { parameterCount } = describeNetwork(spec);
  options.signal?.throwIfAborted();
  const weights = await readWeights(spec, walked.weights, weightsOf, file, options.signal);
  const outputName = file.major >= 3 ? 'output_0' : model.outputs[0].layer;
  const pixels = { name: input.name, kind: 'pixels', ...(input.shape ? { shape: input.shape } : {}) } as const;
  return {
    format: file.format,
    producer: file.producer,
    labels: checkedLabels(file.notes.labels, end.nodes.length > 0 ? classesOf(spec) : 0),
    input: input.image,
    inputRange: inputRangeOf(end.nodes) ?? file.notes.inputRange,
    answers: end.answers,
    parameters: parameterCount,
    network: {
      spec,
      weights,
      signatures: { serving_default: { input: pixels, outputs: { [outputName]: end.served } } },
    },
    graphs: {},
    signatures: {},
    layers: networkLayers(spec),
    warnings: [...input.warnings, ...walked.warnings, ...end.warnings, ...dtypeWarnings(model, fileName)],
  };
}

function classesOf(spec: NetworkSpec): number {
  return describeNetwork(spec).layers.find(({ name }) => name === spec.output)?.outputShape[0] ?? 0;
}

/** Labels of another number are left out: whoever imports is asked for them. */
function checkedLabels(labels: readonly string[] | null, classes: number): readonly string[] | null {
  return labels && labels.length === classes && new Set(labels).size === classes ? labels : null;
}

function dtypeWarnings(model: ModelConfig, fileName: string): string[] {
  const isMixed = layersOf(model).some(({ config }) => /float16/.test(JSON.stringify(config.dtype ?? '')));
  return isMixed ? [`${fileName} computes in float16; here it is float32.`] : [];
}

type Statistics = { readonly mean: readonly number[]; readonly variance: readonly number[] };

/** Of Normalization layers that were adapted to data: mean and variance are their first weights. */
async function readStatistics(
  model: ModelConfig,
  weights: StoredWeights,
  file: Pick<KerasModelFile, 'read' | 'fileName'>,
  path: LayerPath = [],
): Promise<Map<string, Statistics>> {
  const found = new Map<string, Statistics>();
  for (const layer of model.layers) {
    const own = [...path, layer.name];
    if (layer.model) {
      const inner = await readStatistics(layer.model, weights, file, own);
      for (const [id, statistics] of inner) found.set(id, statistics);
    }
    const tensors = layer.className === 'Normalization' ? weights.find(own)?.tensors : undefined;
    if (!tensors || tensors.length < 2) continue;
    const [mean, variance] = await Promise.all(
      tensors.slice(0, 2).map((tensor) => readFinite(file.read, tensor, file.fileName)),
    );
    found.set(idOf(own), { mean: [...mean], variance: [...variance] });
  }
  return found;
}

async function readWeights(
  spec: NetworkSpec,
  paths: ReadonlyMap<string, LayerPath>,
  stored: StoredWeights,
  { read, fileName }: KerasModelFile,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, WeightTensor>> {
  const weights = new Map<string, WeightTensor>();
  for (const { name, parameters } of kerasLayers(spec)) {
    const path = paths.get(name) ?? [];
    const tensors = stored.find(path)?.tensors ?? [];
    if (tensors.length < parameters.length) {
      throw new PictorError(
        'model_file_invalid',
        `${fileName} is incomplete: layer "${path.join('/')}" has ${parameters.length} weights, and ${tensors.length} of them are in it.`,
      );
    }
    for (const [index, parameter] of parameters.entries()) {
      signal?.throwIfAborted();
      expectShape(parameter, tensors[index], fileName);
      const data = await readFinite(read, tensors[index], fileName);
      weights.set(parameter.name, { shape: parameter.ownShape, data: parameter.convert(data) });
    }
  }
  return weights;
}

/** Kernels of a Dense layer on pictures have no axes for the one pixel. */
function expectShape({ shape }: KerasParameter, { name, dataset }: StoredTensor, fileName: string): void {
  const sides = (sizes: readonly number[]): string => sizes.slice(sizes.findIndex((size) => size !== 1)).join();
  if (dataset.shape.join() === shape.join() || sides(dataset.shape) === sides(shape)) return;
  throw new PictorError(
    'model_file_invalid',
    `${fileName} contradicts itself: "${name}" has shape [${dataset.shape.join(', ')}], and its layer needs [${shape.join(', ')}].`,
  );
}

function idOf(path: LayerPath): string {
  return JSON.stringify(path);
}
