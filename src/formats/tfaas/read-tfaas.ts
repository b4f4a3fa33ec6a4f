/** @file Reads a model as TFaaS takes it: a tarball, or its folder, with `params.json`, labels and a SavedModel or frozen graph. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseLabels } from '../import/labels-file.ts';
import type { ImportedModel, ReadOptions } from '../imported-model.ts';
import { folderFiles, type ModelFiles, placedFiles } from '../tensorflow/read/files.ts';
import { SAVED_MODEL } from '../tensorflow/read/meta-graph.ts';
import { readMetaGraphModel, readSavedModelFiles } from '../tensorflow/read/read-saved-model.ts';
import { damaged } from '../tensorflow/read/refuse.ts';
import { frozenMetaGraph } from './frozen-graph.ts';
import { readParams } from './params.ts';
import { unpackTarball } from './unpack.ts';

const PARAMS = 'params.json';
const MAX_LABEL_BYTES = 1 << 26;

/**
 * Reads a `.tar`, `.tar.gz` or folder of TFaaS, with or without a folder inside.
 * @throws `model_file_invalid`, `model_unsupported`, `model_labels_invalid`; `archive_corrupt`, `archive_unsafe`,
 *   `archive_bomb` of tarballs
 */
export async function readTfaas(place: string, options: ReadOptions = {}): Promise<ImportedModel> {
  const stats = await stat(place).catch(() => null);
  if (stats?.isDirectory()) return readFiles(folderFiles(place), options);
  const folder = await mkdtemp(path.join(tmpdir(), 'pictor-tfaas-'));
  try {
    const files = await unpackTarball(place, folder, options.signal);
    return await readFiles(placedFiles(path.basename(place), files), options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readFiles(all: ModelFiles, options: ReadOptions): Promise<ImportedModel> {
  const names = await all.list();
  const depth = (name: string): number => name.split('/').length;
  const found = names.filter((name) => path.posix.basename(name) === PARAMS).sort((a, b) => depth(a) - depth(b))[0];
  if (found === undefined) {
    const fix =
      'Make it as "tar cfz NAME.tar.gz NAME" from a folder with saved_model.pb, variables, labels.txt and params.json.';
    throw damaged(all.name, `it has no ${PARAMS}`, fix);
  }
  const files = within(all, path.posix.dirname(found));
  const params = await readParams(files, PARAMS);
  const labels = await readLabels(files, params.labels);
  const model = path.posix.normalize(params.model);
  const isSavedModel = path.posix.basename(model) === SAVED_MODEL || (await files.size(model)) === null;
  const read = isSavedModel
    ? await readSavedModelFiles(within(files, path.posix.dirname(model)), options)
    : await readMetaGraphModel(files, await frozenMetaGraph(files, model, params), options);
  return { ...read, format: 'tfaas', labels: labels ?? read.labels };
}

/** A file that `params.json` names must be there; the usual one may be missing. */
async function readLabels(files: ModelFiles, named: string | null): Promise<string[] | null> {
  const file = path.posix.normalize(named ?? 'labels.txt');
  const bytes = await files.size(file);
  if (bytes === null) {
    if (named === null) return null;
    throw damaged(files.name, `${file}, which ${PARAMS} names as the labels, is missing`);
  }
  if (bytes > MAX_LABEL_BYTES) throw damaged(files.name, `${file} has ${bytes} bytes`);
  return parseLabels(Buffer.from(await files.read(file, 0, bytes)).toString('utf8'), file);
}

/** The files of one folder. Names that lead out of it are none. */
function within(files: ModelFiles, folder: string): ModelFiles {
  if (folder === '.') return files;
  const place = (file: string): string => path.posix.join(folder, file);
  const isInside = (file: string): boolean => !path.posix.normalize(file).startsWith('..');
  return {
    name: files.name,
    list: async () =>
      (await files.list()).filter((name) => name.startsWith(`${folder}/`)).map((name) => name.slice(folder.length + 1)),
    size: async (file) => (isInside(file) ? files.size(place(file)) : null),
    read: (file, offset, length) => files.read(place(file), offset, length),
  };
}
