/** @file A published version, with everything that writers of other formats need. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type ModelManifest, PictorError } from '../../contracts/index.ts';
import type { ImportedModel } from '../imported-model.ts';
import { readPictor } from '../pictor/read-pictor.ts';

export interface ExportSource {
  readonly name: string;
  readonly version: number;
  readonly manifest: ModelManifest;
  /** The model itself: a network with weights, or graphs. */
  readonly model: ImportedModel;
  /** The ONNX graph that answers pictures, or the only one. */
  readonly graph: Uint8Array;
}

/**
 * @param folder of the version; @param manifest as the registry gives it
 * @throws `model_broken`, `export_unsupported` when the model has several graphs and none of them answers pictures
 */
export async function readExportSource(folder: string, manifest: ModelManifest): Promise<ExportSource> {
  const { name, version } = manifest;
  const model = await readPictor(folder).catch((cause) => {
    const { message } = cause as Error;
    throw new PictorError('model_broken', `Version ${version} of model "${name}" cannot be read: ${message}`, {
      cause,
    });
  });
  if (model.network) {
    return { name, version, manifest, model, graph: await readFile(path.join(folder, 'model.onnx')) };
  }
  const { pictureSignature, graphSignatures = {} } = manifest;
  const files = Object.keys(model.graphs);
  const file = pictureSignature ? graphSignatures[pictureSignature.name]?.graph : files[0];
  if (file === undefined || (files.length > 1 && !pictureSignature)) {
    throw new PictorError(
      'export_unsupported',
      `Model "${name}" has ${files.length} graphs, and none of them answers pictures; one graph was expected.`,
      { fix: 'Export the file that it was imported from with the program that made it.' },
    );
  }
  return { name, version, manifest, model, graph: model.graphs[file] };
}
