/** @file The writer of every format that models leave in. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  DEFAULT_SIGNATURES,
  type ExportFormat,
  type ExportOptions,
  type NetworkSpec,
  PictorError,
  type SignatureSpecs,
  type WeightTensor,
} from '../../contracts/index.ts';
import { writeKeras } from '../keras/write-keras.ts';
import { labelsText } from '../labels.ts';
import { writeOnnx } from '../onnx/write/write-onnx.ts';
import { SAVED_MODEL_FILES, writeSavedModel } from '../tensorflow/write/saved-model.ts';
import type { ExportSource } from './source.ts';

export interface ExportWriter {
  readonly title: string;
  /** A file with this ending, a folder, or a folder that goes into a tarball. */
  readonly kind: 'file' | 'folder' | 'tarball';
  readonly extension: string;
  /** Writes the file or folder; there is nothing at `place` yet. */
  readonly write: (source: ExportSource, options: ExportOptions, place: string) => Promise<void>;
}

export const WRITERS: { readonly [F in ExportFormat]: ExportWriter } = {
  keras: { title: 'Keras 3', kind: 'file', extension: '.keras', write: keras('keras') },
  h5: { title: 'Keras HDF5', kind: 'file', extension: '.h5', write: keras('h5') },
  savedmodel: {
    title: 'TensorFlow SavedModel',
    kind: 'folder',
    extension: '',
    write: (source, _, place) => writeFolder(place, savedModel(source, networkOf(source, 'savedmodel'))),
  },
  onnx: {
    title: 'ONNX',
    kind: 'file',
    extension: '.onnx',
    write: async (source, options, place) => writeFile(place, onnxFile(source, options)),
  },
  tfjs: { title: 'TensorFlow.js layers model', kind: 'folder', extension: '', write: keras('tfjs') },
  tfaas: {
    title: 'TFaaS bundle',
    kind: 'tarball',
    extension: '.tar.gz',
    write: (source, _, place) => writeFolder(place, tfaas(source)),
  },
};

export interface ExportedNetwork {
  readonly spec: NetworkSpec;
  readonly weights: ReadonlyMap<string, WeightTensor>;
  readonly signatures: SignatureSpecs;
}

/** @throws `export_unsupported` for graphs that were made elsewhere */
export function networkOf({ name, version, model, manifest }: ExportSource, format: ExportFormat): ExportedNetwork {
  if (model.network) return model.network;
  const origin = manifest.origin ? ` from ${manifest.origin.file}` : '';
  throw new PictorError(
    'export_unsupported',
    `Version ${version} of model "${name}" is a graph that was imported${origin}, not made of Pictor's layers; it cannot be written as ${format}.`,
    { fix: 'Export it as onnx, or use the file that it was imported from.' },
  );
}

function keras(format: 'keras' | 'h5' | 'tfjs'): ExportWriter['write'] {
  return async (source, _, place) => {
    const { spec: network, weights, signatures } = networkOf(source, format);
    const answers = givesLogits(signatures) ? 'logits' : 'probabilities';
    const { labels, inputRange } = source.manifest;
    const notes = { labels, ...(inputRange ? { inputRange } : {}) };
    await writeKeras({ network, weights, signatures, answers, ...notes }, format, place);
  };
}

/** Whether a network that was imported ends without softmax, so that Keras' formats leave it so. */
function givesLogits({ serving_default: signature }: SignatureSpecs): boolean {
  return Object.values(signature?.outputs ?? {}).some(({ kind }) => kind === 'logits');
}

async function writeFolder(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  for (const [name, bytes] of files) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, bytes);
  }
}

function savedModel({ manifest }: ExportSource, network: ExportedNetwork): Map<string, Uint8Array> {
  const { labels, inputRange } = manifest;
  return writeSavedModel({ ...network, labels, ...(inputRange ? { inputRange } : {}) });
}

function onnxFile({ name, graph, model, manifest }: ExportSource, options: ExportOptions): Uint8Array {
  const { opset, preprocessing } = options;
  const compiled = model.network !== null;
  const { labels, input, inputRange = '0..255' } = manifest;
  if (!compiled && (opset !== undefined || preprocessing === true)) {
    const asked = opset === undefined ? 'preprocessing' : `opset ${opset}`;
    throw new PictorError(
      'export_unsupported',
      `Model "${name}" is a graph that was imported, which is given out as it is; ${asked} was asked for.`,
      { fix: 'Leave the option out.' },
    );
  }
  return writeOnnx(
    { graph, labels, input, inputRange, compiled },
    { preprocessing: preprocessing ?? true, ...(opset === undefined ? {} : { opset }) },
  );
}

/** Source: vkuznet/TFaaS, doc/MNIST.md and the fields of its TFParams. */
function tfaas(source: ExportSource): Map<string, Uint8Array> {
  const network = networkOf(source, 'tfaas');
  const [[signature, { input, outputs }]] = Object.entries(network.signatures ?? DEFAULT_SIGNATURES);
  const { name, version, manifest } = source;
  const params = {
    name,
    model: SAVED_MODEL_FILES.graph,
    labels: 'labels.txt',
    img_channels: network.spec.input.channels,
    input_name: `${signature}_${input.name}`,
    output_name: 'StatefulPartitionedCall',
    input_node: `${signature}_${input.name}`,
    output_node: `StatefulPartitionedCall:${Math.max(0, Object.keys(outputs).sort().indexOf('output_0'))}`,
    description: `Pictor ${name}:${version}`,
    timestamp: manifest.createdAt,
  };
  return new Map<string, Uint8Array>([
    ['params.json', Buffer.from(`${JSON.stringify(params)}\n`)],
    ['labels.txt', Buffer.from(labelsText(manifest.labels))],
    ...savedModel(source, network),
  ]);
}
