/** @file What a model is made of, from what its reader gives. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import {
  asPictorError,
  type GraphTensor,
  type InspectedTensor,
  type ModelInspection,
  type SavedModelInspection,
} from '../../contracts/index.ts';
import { findModel } from '../import/detect.ts';
import { type ImportOptions, importModel } from '../import/import-model.ts';
import type { ImportedModel } from '../imported-model.ts';
import { networkSignatures } from './network-layers.ts';
import { inspectSavedModel } from './saved-model.ts';

/**
 * Reads a file or folder of any format and tells what is in it.
 * @throws as `importModel`
 */
export async function inspectFile(place: string, options: ImportOptions = {}): Promise<ModelInspection> {
  const found = options.format ? { format: options.format, path: place } : await findModel(place);
  const subject = path.basename(path.resolve(place));
  const bytes = await totalBytes(found.path);
  if (found.format !== 'savedmodel') return inspectModel(await importModel(place, options), subject, bytes);
  const savedModel = await inspectSavedModel(found.path);
  const model = await importModel(place, options).catch((error) => withoutGraph(savedModel, error));
  return { ...inspectModel(model, subject, bytes), savedModel };
}

/** A SavedModel that cannot be served can still be looked at. */
function withoutGraph({ metaGraphs }: SavedModelInspection, error: unknown): ImportedModel {
  const [{ tensorflow = null } = {}] = metaGraphs;
  return {
    format: 'savedmodel',
    producer: tensorflow === null ? null : `tensorflow ${tensorflow}`,
    labels: null,
    input: null,
    inputRange: null,
    answers: null,
    parameters: 0,
    network: null,
    graphs: {},
    signatures: {},
    layers: [],
    warnings: [asPictorError(error).message],
  };
}

/**
 * @param subject how people call it
 * @param bytes of its files
 */
export function inspectModel(model: ImportedModel, subject: string, bytes: number): ModelInspection {
  const { format, producer, labels, input, inputRange, answers, parameters, layers, warnings, network } = model;
  const own = Object.entries(model.signatures).map(([name, { method, inputs, outputs }]) => [
    name,
    { method, inputs: tensors(inputs), outputs: tensors(outputs) },
  ]);
  return {
    subject,
    format,
    producer,
    labels,
    input,
    inputLayout: input ? (model.inputLayout ?? 'channelsLast') : null,
    inputRange,
    answers,
    trainable: network !== null,
    parameters,
    flops: layers.reduce((sum, { flops }) => sum + (flops ?? 0), 0),
    bytes,
    signatures: network ? networkSignatures(network.signatures, network.spec) : Object.fromEntries(own),
    layers,
    warnings,
  };
}

function tensors(values: Readonly<Record<string, GraphTensor>>): Record<string, InspectedTensor> {
  return Object.fromEntries(
    Object.entries(values).map(([alias, { dtype, shape, tensor }]) => [alias, { dtype, shape, tensor }]),
  );
}

/** Of a file, or of all files in a folder; 0 when there is nothing. */
export async function totalBytes(place: string): Promise<number> {
  const stats = await stat(place).catch(() => null);
  if (!stats?.isDirectory()) return stats?.size ?? 0;
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => stat(path.join(entry.parentPath, entry.name)));
  return (await Promise.all(files)).reduce((sum, { size }) => sum + size, 0);
}
