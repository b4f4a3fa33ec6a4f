/** @file Opens a version's folder, whatever it holds: a version of Pictor's, or a model file of another tool. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { asPictorError, PictorError } from '../../contracts/index.ts';
import {
  assumptionsOf,
  classesOf,
  findPictureSignature,
  graphFiles,
  type ImportedModel,
  importModel,
} from '../../formats/index.ts';
import { compileInference, servedLayers } from '../../nn/index.ts';
import { type ModelRegistry, verifyVersion } from '../../registry/index.ts';
import type { VersionNumber } from '../models/version-status.ts';
import { NETWORK_GRAPH, type Servable, type ServableFacts, servableOf } from './servable.ts';

const MANIFEST = 'pictor.json';
const LABELS = 'labels.txt';
const MAX_LABELS_BYTES = 16 * 1024 * 1024;

/** What a model of another tool became: its facts, and its graphs by name. */
interface Converted {
  readonly facts: ServableFacts;
  readonly graphs: ReadonlyMap<string, Uint8Array>;
  readonly notes: readonly string[];
}

export interface OpenOptions {
  readonly name: string;
  readonly version: VersionNumber;
}

/** Opens a version of the registry; every byte of it is checked. @throws as `ModelRegistry.verify` */
export async function openPublished(registry: ModelRegistry, name: string, version: number): Promise<Servable> {
  // The registry's own errors tell a version that is gone from one that is broken.
  await registry.manifest(name, version);
  return openVersionFolder(path.dirname(registry.modelPath(name, version)), name, version);
}

/**
 * Opens the folder of one version: `pictor.json`, a SavedModel, ONNX or Keras file.
 * @throws `model_broken` with what is wrong with it
 */
export async function openServable(folder: string, { name, version }: OpenOptions): Promise<Servable> {
  const isOurs = (await stat(path.join(folder, MANIFEST)).catch(() => null))?.isFile() ?? false;
  if (isOurs) return openVersionFolder(folder, name, version);
  const what = `Version ${version} of model "${name}"`;
  try {
    const { facts, graphs, notes } = converted(await importModel(folder), await labelsBeside(folder));
    const bytes = [...graphs.values()].reduce((sum, graph) => sum + graph.byteLength, 0);
    return servableOf(facts, graphs, { manifest: null, bytes, what, folder, notes });
  } catch (error) {
    const cause = asPictorError(error);
    throw new PictorError('model_broken', `${what} cannot be served: ${cause.message}`, { fix: cause.fix, cause });
  }
}

async function openVersionFolder(folder: string, name: string, version: VersionNumber): Promise<Servable> {
  const manifest = await verifyVersion(folder, name, Number(version));
  const { graphSignatures, files } = manifest;
  const isNetwork = manifest.network !== null || !graphSignatures;
  const names = isNetwork ? [NETWORK_GRAPH] : graphFiles(graphSignatures);
  const graphs = new Map(names.map((file) => [file, path.join(folder, file)]));
  const bytes = [...graphs.keys()].reduce((sum, file) => sum + (files[file]?.bytes ?? 0), 0);
  const what = `Version ${version} of model "${name}"`;
  return servableOf(manifest, graphs, { manifest, bytes, what, folder });
}

function converted(model: ImportedModel, beside: readonly string[] | null): Converted {
  const { network } = model;
  const found = network ? null : findPictureSignature(model.signatures, model.input ?? {});
  const classes = found?.classes ?? classesOf(model);
  const told = [model.labels, beside].find((labels) => labels && (classes === null || labels.length === classes));
  const numbers = Array.from({ length: classes ?? 0 }, (_, index) => String(index));
  const layout = model.inputLayout ?? found?.layout;
  const facts: ServableFacts = {
    labels: told ?? numbers,
    input: model.input ?? found?.image ?? null,
    ...(model.inputRange ? { inputRange: model.inputRange } : {}),
    ...(layout ? { inputLayout: layout } : {}),
    ...(found ? { pictureSignature: found.signature } : {}),
    network: network?.spec ?? null,
    ...(network ? { signatures: network.signatures } : { graphSignatures: model.signatures }),
    ...(model.answers ? { answers: model.answers } : {}),
  };
  const notes = notesOf(model, classes, beside, told);
  if (!network) return { facts, graphs: new Map(Object.entries(model.graphs)), notes };
  const { spec, weights, signatures } = network;
  const graph = compileInference(spec, weights, servedLayers(signatures, spec));
  return { facts, graphs: new Map([[NETWORK_GRAPH, graph]]), notes };
}

/** A folder cannot be asked about its pictures, so that whoever starts the server must read what was assumed. */
function notesOf(
  model: ImportedModel,
  classes: number | null,
  beside: readonly string[] | null,
  told: readonly string[] | null | undefined,
): string[] {
  const assumed = assumptionsOf(model, told ? { labels: told } : {}).filter(({ fact }) => fact !== 'image');
  const notes = assumed.map(({ message }) => `${message} To say it, import the model and serve that version.`);
  if (!beside || told || classes === null) return notes;
  const labels = `${LABELS} has ${beside.length} lines and the model ${classes} classes, so that it is not used.`;
  return [`${labels} It should have one line for each class.`, ...notes];
}

/** One label a line, as other tools write them. */
async function labelsBeside(folder: string): Promise<readonly string[] | null> {
  const file = path.join(folder, LABELS);
  const { size } = (await stat(file).catch(() => null)) ?? { size: MAX_LABELS_BYTES };
  if (size >= MAX_LABELS_BYTES) return null;
  const lines = (await readFile(file, 'utf8')).split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
