/** @file `.npz` archives of picture and label arrays, as `numpy.savez(x_train=…, y_train=…, x_test=…, y_test=…)` writes them. */
import { hash } from 'node:crypto';
import nodePath from 'node:path';
import { PictorError, type Split } from '../../contracts/index.ts';
import { Findings } from '../findings.ts';
import type { DatasetLimits } from '../limits.ts';
import type { ScannedDataset } from '../scanned.ts';
import { type ArrayPart, type ArrayRow, arrayDataset } from './array-dataset.ts';
import { ByteReader, UnexpectedEnd } from './byte-reader.ts';
import type { Container, ContainerEntry } from './container.ts';
import {
  type ArrayHeader,
  labelNumbers,
  type PictureArrayShape,
  pictureShape,
  pixelWriter,
  RowDecoder,
  ValueRange,
} from './ndarray.ts';
import { readNpyHeader } from './npy.ts';

/** Labels are held in memory while the dataset is prepared. */
const MAX_LABEL_BYTES = 2 ** 28;

type Role = { readonly kind: 'images' | 'labels'; readonly split: Split };

/** What an array is for, by its name: Keras' names, MedMNIST's (`train_images`), and single pairs (`x`, `y`). */
function roleOf(array: string): Role | null {
  const name = array.toLowerCase();
  const split: Split = /test/.test(name) ? 'test' : /val/.test(name) ? 'validation' : 'train';
  if (/^(x|images?|data)(_|$)|_(x|images?|data)$/.test(name)) return { kind: 'images', split };
  if (/^(y|labels?|targets?)(_|$)|_(y|labels?|targets?)$/.test(name)) return { kind: 'labels', split };
  return null;
}

interface ImagesArray {
  readonly path: string;
  readonly header: ArrayHeader;
  readonly shape: PictureArrayShape;
  readonly digests: readonly string[];
}

/** @throws npz_invalid, npz_pickled, dataset_empty, and what archives throw */
export async function scanNpz(
  container: Container,
  limits: DatasetLimits,
  signal?: AbortSignal,
): Promise<ScannedDataset> {
  const images = new Map<Split, ImagesArray>();
  const labels = new Map<Split, Int32Array>();
  const range = new ValueRange();
  const findings = new Findings();
  for await (const entry of container.entries(signal)) {
    if (entry.kind !== 'file') continue;
    const array = nodePath.posix.basename(entry.path, '.npy');
    const role = entry.path.endsWith('.npy') ? roleOf(array) : null;
    if (role === null) {
      findings.add('ignored_file', entry.path);
      continue;
    }
    await withReader(entry, array, async (reader) => {
      const header = await readNpyHeader(reader, array);
      checkDeclaredBytes(header, entry, array);
      if (role.kind === 'images') images.set(role.split, await scanImages(reader, header, entry.path, range, limits));
      else labels.set(role.split, await readLabels(reader, header, array, limits));
    });
  }
  const scale = images.size > 0 ? range.scale(container.name, 'npz_invalid') : 1;
  const arrays: ImagesArray[] = [];
  const parts: ArrayPart[] = [];
  for (const split of ['train', 'validation', 'test'] as const) {
    const [pictures, numbers] = [images.get(split), labels.get(split)];
    if (!pictures && !numbers) continue;
    if (!pictures || numbers?.length !== pictures.shape.count) {
      throw new PictorError(
        'npz_invalid',
        `${container.name} has ${pictures?.shape.count ?? 'no'} pictures and ${numbers?.length ?? 'no'} labels for the ${split} split.`,
      );
    }
    const { width, height, channels } = pictures.shape;
    arrays.push(pictures);
    parts.push({ split, width, height, channels, digests: pictures.digests, labels: numbers });
  }
  const rows = (again?: AbortSignal) => readRows(container, arrays, scale, again);
  return arrayDataset({ format: 'npz', parts, rows }, container.name, findings.list());
}

async function withReader<T>(
  entry: ContainerEntry,
  array: string,
  use: (reader: ByteReader) => Promise<T>,
): Promise<T> {
  const reader = new ByteReader(entry.open());
  try {
    return await use(reader);
  } catch (error) {
    if (!(error instanceof UnexpectedEnd)) throw error;
    throw new PictorError('npz_invalid', `The array ${array} ends before the elements that it declares.`, {
      cause: error,
    });
  } finally {
    await reader.close();
  }
}

async function scanImages(
  reader: ByteReader,
  header: ArrayHeader,
  path: string,
  range: ValueRange,
  limits: DatasetLimits,
): Promise<ImagesArray> {
  const array = nodePath.posix.basename(path, '.npy');
  const shape = pictureShape(header, array, 'npz_invalid');
  checkSize(header, shape, array, limits);
  const decoder = new RowDecoder(header.type, shape.height * shape.width * shape.channels, array, 'npz_invalid');
  const digests: string[] = [];
  for await (const row of reader.records(decoder.rowBytes, shape.count)) {
    digests.push(hash('sha256', row));
    range.add(decoder.decode(row));
  }
  return { path, header, shape, digests };
}

/** Before anything is allocated for what an array declares. */
function checkDeclaredBytes(header: ArrayHeader, entry: ContainerEntry, array: string): void {
  const { rowBytes } = new RowDecoder(header.type, 1, array, 'npz_invalid');
  const declared = header.shape.reduce((product, size) => product * size, rowBytes);
  if (declared <= entry.bytes) return;
  throw new PictorError(
    'npz_invalid',
    `The array ${array} declares ${declared} bytes of elements, but has ${entry.bytes} in all.`,
  );
}

function checkSize(header: ArrayHeader, shape: PictureArrayShape, array: string, limits: DatasetLimits): void {
  checkCount(shape.count, array, limits);
  const { height, width, channels } = shape;
  const { rowBytes: elementBytes } = new RowDecoder(header.type, 1, array, 'npz_invalid');
  const isTooLong = height * width * channels * elementBytes > limits.maxFileBytes;
  if (height * width <= limits.maxPixels && !isTooLong) return;
  throw new PictorError('npz_invalid', `The array ${array} declares pictures of ${width} x ${height} pixels.`);
}

function checkCount(count: number, array: string, { maxImages }: DatasetLimits): void {
  if (count <= maxImages) return;
  throw new PictorError(
    'dataset_too_large',
    `The array ${array} declares ${count} rows; at most ${maxImages} pictures are accepted.`,
    { details: { rows: count, maxImages } },
  );
}

async function readLabels(
  reader: ByteReader,
  header: ArrayHeader,
  array: string,
  limits: DatasetLimits,
): Promise<Int32Array> {
  checkCount(header.shape[0] ?? 0, array, limits);
  const elements = header.shape.reduce((product, size) => product * size, 1);
  const { rowBytes } = new RowDecoder(header.type, 1, array, 'npz_invalid');
  if (elements * rowBytes > MAX_LABEL_BYTES) {
    throw new PictorError(
      'npz_invalid',
      `The array ${array} declares ${elements} numbers; that is too many for labels.`,
    );
  }
  return labelNumbers(header, await reader.read(elements * rowBytes), array, 'npz_invalid');
}

async function* readRows(
  container: Container,
  arrays: readonly ImagesArray[],
  scale: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<ArrayRow, void, undefined> {
  for await (const entry of container.entries(signal)) {
    const part = arrays.findIndex(({ path }) => path === entry.path);
    if (entry.kind !== 'file' || part < 0) continue;
    const { header, shape } = arrays[part];
    const decoder = new RowDecoder(header.type, shape.height * shape.width * shape.channels, entry.path, 'npz_invalid');
    const write = pixelWriter(shape, scale);
    const reader = new ByteReader(entry.open());
    try {
      await readNpyHeader(reader, entry.path);
      for await (const row of reader.records(decoder.rowBytes, shape.count)) {
        yield { part, pixels: write(decoder.decode(row)) };
      }
    } finally {
      await reader.close();
    }
  }
}
