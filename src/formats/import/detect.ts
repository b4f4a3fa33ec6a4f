/** @file Which format a file or folder is, by its content: extensions lie, and downloads often have none. */
import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { type ModelFormat, PictorError } from '../../contracts/index.ts';
import { messageFields } from './wire.ts';

/** Enough for every mark that is looked for. */
const START_BYTES = 4096;
const HDF5 = '\x89HDF\r\n\x1a\n';
/** Where an HDF5 file may begin: after a block of the user's own. */
const HDF5_PLACES = [0, 512, 1024, 2048];

/** Files that make a folder a model, the surest first. */
const FOLDER_MARKS: readonly (readonly [string, ModelFormat])[] = [
  ['pictor.json', 'pictor'],
  ['params.json', 'tfaas'],
  ['saved_model.pb', 'savedmodel'],
  ['saved_model.pbtxt', 'savedmodel'],
  ['model.json', 'tfjs'],
  ['model.onnx', 'onnx'],
];

const MODEL_FILE = /\.(keras|h5|hdf5|onnx)$/i;
const VERSION = /^\d{1,19}$/;
/** Of a folder that is looked through for models, and of those that a message names. */
const MAX_ENTRIES = 1000;
const MAX_LISTED = 8;

export interface FoundModel {
  readonly format: ModelFormat;
  /** The file or folder itself, which may lie inside what was named. */
  readonly path: string;
}

/** @throws as `findModel` */
export async function detectFormat(place: string): Promise<ModelFormat> {
  return (await findModel(place)).format;
}

/**
 * Looks at a file's first bytes, or at the names in a folder. Of a folder of numbered versions the highest is taken.
 * @throws `model_file_invalid` when there is nothing there, or what is there is empty, a web page or a Git LFS pointer;
 *   `model_format_unknown` for anything else that is no model
 */
export async function findModel(place: string): Promise<FoundModel> {
  const stats = await stat(place).catch((cause) => {
    throw new PictorError('model_file_invalid', `There is no file or folder ${place}.`, {
      cause,
      fix: 'Check the path.',
    });
  });
  if (stats.isDirectory()) return findInFolder(place);
  if (!stats.isFile()) throw unknownFormat(place, 'it is neither a file nor a folder');
  const start = await startOf(place);
  const format = formatOfBytes(start);
  if (format === null) throw refuseBytes(place, start);
  // The other files of a SavedModel or TF.js model lie beside it.
  const isPart = format === 'savedmodel';
  return { format, path: isPart ? path.dirname(place) : place };
}

async function findInFolder(folder: string): Promise<FoundModel> {
  const entries = await readdir(folder);
  for (const [mark, format] of FOLDER_MARKS) {
    if (!entries.includes(mark)) continue;
    // Others than TFaaS have files of parameters, too.
    if (format === 'tfaas' && !entries.some((entry) => /\.pb(txt)?$/.test(entry))) continue;
    return { format, path: format === 'onnx' || format === 'tfjs' ? path.join(folder, mark) : folder };
  }
  const versions = entries.filter((entry) => VERSION.test(entry)).sort((a, b) => (BigInt(a) < BigInt(b) ? 1 : -1));
  if (versions.length > 0) return findInFolder(path.join(folder, versions[0]));
  const files = entries.filter((entry) => MODEL_FILE.test(entry));
  if (files.length === 1) return findModel(path.join(folder, files[0]));
  throw noSingleModel(folder, await modelsIn(folder));
}

/**
 * Names of the files and folders in a folder that look like models, by their endings and by the names in them.
 * @returns none for a folder that cannot be read
 */
export async function modelsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found = entries.slice(0, MAX_ENTRIES).map(async (entry) => {
    if (!entry.isDirectory()) return MODEL_FILE.test(entry.name) ? [entry.name] : [];
    return (await isModelFolder(path.join(folder, entry.name))) ? [entry.name] : [];
  });
  return (await Promise.all(found)).flat().sort();
}

/** Of a model, or of numbered versions of one. */
async function isModelFolder(folder: string): Promise<boolean> {
  const entries = await readdir(folder).catch((): string[] => []);
  if (
    FOLDER_MARKS.some(([mark]) => entries.includes(mark)) ||
    entries.filter((name) => MODEL_FILE.test(name)).length === 1
  )
    return true;
  const versions = entries.filter((entry) => VERSION.test(entry)).slice(0, 1);
  const inside = await Promise.all(
    versions.map((version) => readdir(path.join(folder, version)).catch((): string[] => [])),
  );
  return inside.some((names) => FOLDER_MARKS.some(([mark]) => names.includes(mark)));
}

/** Also a folder with a single model is not taken for it: that could be any of a larger place. */
function noSingleModel(folder: string, models: readonly string[]): PictorError {
  const name = path.basename(folder);
  if (models.length === 0) return unknownFormat(folder, 'no model is in it');
  const listed = models.slice(0, MAX_LISTED).join(', ');
  const more = models.length > MAX_LISTED ? ` and ${models.length - MAX_LISTED} more` : '';
  const reason =
    models.length === 1 ? `the model is in ${name}/${models[0]}` : `it holds several models: ${listed}${more}`;
  return new PictorError('model_format_unknown', `${name} cannot be imported: ${reason}.`, {
    fix: models.length === 1 ? `Name ${name}/${models[0]}.` : `Name one of them, such as ${name}/${models[0]}.`,
    details: { models: models.slice(0, MAX_ENTRIES) },
  });
}

/** @returns null for bytes that begin no model that can be read */
function formatOfBytes(start: Buffer): ModelFormat | null {
  const text = start.toString('latin1');
  if (HDF5_PLACES.some((place) => text.startsWith(HDF5, place))) return 'keras-h5';
  if (text.startsWith('PK\x03\x04')) return isTorchZip(text) ? null : 'keras';
  if (text.startsWith('\x1f\x8b') || text.startsWith('ustar', 257)) return 'tfaas';
  if (/^\s*\{/.test(text)) return 'tfjs';
  const fields = messageFields(start);
  if (fields === null) return null;
  // ModelProto: ir_version, …, graph, opset_import. SavedModel: schema version, then its meta graphs, and nothing else.
  if (fields[0]?.number === 1 && fields[0].varint === 1 && fields.every(({ number }) => number <= 2))
    return 'savedmodel';
  if (fields.some(({ number, varint }) => number === 1 && varint !== undefined)) return 'onnx';
  return null;
}

function isTorchZip(text: string): boolean {
  const firstName = text.slice(30, 30 + 256);
  return /^[^/]{1,200}\/(data\.pkl|version|byteorder|\.format_version)/.test(firstName);
}

function isPickle(start: Buffer): boolean {
  return start[0] === 0x80 && start[1] >= 2 && start[1] <= 5;
}

/** What else people take for a model file, and what to do about it. */
function refuseBytes(file: string, start: Buffer): PictorError {
  const text = start.toString('latin1');
  if (start.length === 0) return damaged(file, 'it is empty', 'Download or write the file again.');
  if (/^\s*<(!doctype|html|\?xml|head|!--)/i.test(text)) {
    return damaged(file, 'it is a web page', 'Download the file itself, not the page that links to it.');
  }
  if (text.startsWith('version https://git-lfs.github.com/')) {
    return damaged(file, 'it is a Git LFS pointer, which stands for the file', 'Fetch the file with "git lfs pull".');
  }
  const fix = 'Export it to ONNX with the program that made it, and import that.';
  if (text.startsWith('PK') || isPickle(start)) {
    return unknownFormat(file, 'it is a PyTorch or pickle file; those hold programs, which are never run', fix);
  }
  if (text.startsWith('TFL3', 4)) {
    return unknownFormat(
      file,
      'it is a TensorFlow Lite model',
      'Import the SavedModel or Keras file it was made from.',
    );
  }
  if (start.readUIntLE(0, Math.min(start.length, 1)) === 0x0a && messageFields(start)?.[0]?.number === 1) {
    const advice = 'Save it as a SavedModel, or convert it to ONNX with tf2onnx.';
    return unknownFormat(
      file,
      'it looks like a frozen TensorFlow graph, which does not name its inputs and outputs',
      advice,
    );
  }
  if (start.length > 9 && start.readUInt32LE(4) === 0 && text.startsWith('{"', 8)) {
    const advice = 'Give it to `pictor train --weights`, with the network that it belongs to.';
    return unknownFormat(file, 'it is a safetensors file: weights without a network', advice);
  }
  return unknownFormat(file, 'its first bytes are those of no format that is read');
}

async function startOf(file: string): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(START_BYTES), 0, START_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function damaged(file: string, reason: string, fix: string): PictorError {
  return new PictorError('model_file_invalid', `${path.basename(file)} cannot be imported: ${reason}.`, { fix });
}

function unknownFormat(file: string, reason: string, fix?: string): PictorError {
  const message = `${path.basename(file)} cannot be imported: ${reason}.`;
  return new PictorError('model_format_unknown', message, fix === undefined ? {} : { fix });
}
