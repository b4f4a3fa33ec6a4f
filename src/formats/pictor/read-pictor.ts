/** @file A version's own folder, as the registry writes it: `pictor.json` with a network and weights, or with graphs. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { DEFAULT_SIGNATURES, type ModelManifest, PictorError } from '../../contracts/index.ts';
import { checkSignatures, describeNetwork, readNetwork } from '../../nn/index.ts';
import { graphFiles } from '../graph-files.ts';
import type { ImportedModel } from '../imported-model.ts';
import { networkLayers } from '../inspect/network-layers.ts';
import { decodeOnnx } from '../onnx/file.ts';
import { onnxLayers } from '../onnx/layers.ts';
import { decodeSafetensors } from '../safetensors.ts';
import { takeWeights } from '../take-weights.ts';

const MAX_MANIFEST_BYTES = 64 * 2 ** 20;

/**
 * Reads a version's folder, also one that was copied from another machine.
 * @throws `model_file_invalid` when the manifest or a file is missing or not as it must be; `weights_mismatch`
 */
export async function readPictor(folder: string): Promise<ImportedModel> {
  const name = path.basename(folder);
  const manifest = await readManifest(path.join(folder, 'pictor.json'), name);
  const { labels, input = null, inputRange = null, inputLayout, answers = null, origin } = manifest;
  const facts = {
    format: 'pictor',
    producer: origin?.producer ?? null,
    labels: Array.isArray(labels) && labels.length > 0 ? labels.map(String) : null,
    input,
    ...(inputLayout ? { inputLayout } : {}),
    inputRange,
    answers: answers ?? (manifest.network ? 'probabilities' : null),
    warnings: [],
  } as const;
  if (!manifest.network) return { ...facts, ...(await readGraphs(folder, name, manifest)) };
  const spec = readNetwork(manifest.network);
  const tensors = decodeSafetensors(await readPart(folder, 'weights.safetensors', name));
  const { weights, fresh } = takeWeights(tensors, spec, name);
  if (fresh.length > 0) throw invalid(name, `its weights have no ${fresh[0]}`);
  const signatures = manifest.signatures ?? DEFAULT_SIGNATURES;
  checkSignatures(signatures, spec);
  return {
    ...facts,
    // Its own pixels are 0..255 unless it says otherwise.
    inputRange: inputRange ?? '0..255',
    parameters: describeNetwork(spec).parameterCount,
    network: { spec, weights, signatures },
    graphs: {},
    signatures: {},
    layers: networkLayers(spec),
  };
}

async function readGraphs(
  folder: string,
  name: string,
  { graphSignatures, parameters }: ModelManifest,
): Promise<Pick<ImportedModel, 'parameters' | 'network' | 'graphs' | 'signatures' | 'layers'>> {
  if (!graphSignatures || Object.keys(graphSignatures).length === 0) {
    throw invalid(name, 'its pictor.json names neither a network nor graphs');
  }
  const files = graphFiles(graphSignatures);
  const graphs: Record<string, Uint8Array> = {};
  const layers = [];
  for (const file of files) {
    if (file.split('/').some((part) => part === '' || part === '..' || part === '.' || part.includes('\\'))) {
      throw invalid(name, `its pictor.json names a file outside of the folder: ${file.slice(0, 100)}`);
    }
    graphs[file] = await readPart(folder, file, name);
    layers.push(...(await onnxLayers(decodeOnnx(graphs[file], file))).layers);
  }
  return { parameters: Number(parameters) || 0, network: null, graphs, signatures: graphSignatures, layers };
}

async function readManifest(file: string, name: string): Promise<ModelManifest> {
  const stats = await stat(file).catch((cause) => {
    throw invalid(name, 'it has no pictor.json', cause);
  });
  if (stats.size > MAX_MANIFEST_BYTES) throw invalid(name, `its pictor.json has ${stats.size} bytes`);
  try {
    const manifest = JSON.parse(await readFile(file, 'utf8'));
    if (manifest?.format === 'pictor-model' && manifest.formatVersion === 1) return manifest;
  } catch (cause) {
    throw invalid(name, 'its pictor.json is not JSON', cause);
  }
  throw invalid(name, 'its pictor.json is not that of a model');
}

function readPart(folder: string, file: string, name: string): Promise<Buffer> {
  return readFile(path.join(folder, file)).catch((cause) => {
    throw invalid(name, `${file} cannot be read`, cause);
  });
}

function invalid(name: string, reason: string, cause?: unknown): PictorError {
  return new PictorError('model_file_invalid', `${name} cannot be used: ${reason}.`, {
    cause,
    fix: 'Copy the folder of the version again, with all of its files.',
  });
}
