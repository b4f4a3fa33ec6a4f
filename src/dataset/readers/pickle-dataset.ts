/** @file MNIST as a pickle: pairs of pictures and labels for train, validation and test, or train and test. */
import { hash } from 'node:crypto';
import { PictorError, SPLITS, type Split } from '../../contracts/index.ts';
import type { DatasetLimits } from '../limits.ts';
import type { ScannedDataset } from '../scanned.ts';
import { type ArrayPart, type ArrayRow, arrayDataset } from './array-dataset.ts';
import { readAll } from './byte-reader.ts';
import { labelNumbers, type PictureArrayShape, pictureShape, pixelWriter, RowDecoder, ValueRange } from './ndarray.ts';
import { readPickle } from './pickle.ts';
import { PickleArray, type PickleValue } from './pickle-values.ts';

/** A pickle cannot be read as a stream: it is held in memory. */
const MAX_PICKLE_BYTES = 2 ** 29;

interface PicturesArray {
  readonly array: PickleArray;
  readonly shape: PictureArrayShape;
  readonly decoder: RowDecoder;
}

/**
 * @param chunks unpacked
 * @throws pickle_unsafe, pickle_invalid, dataset_too_large, dataset_empty
 */
export async function scanPickle(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  limits: DatasetLimits,
): Promise<ScannedDataset> {
  const bytes = await readAll(chunks, Math.min(MAX_PICKLE_BYTES, limits.maxUnpackedBytes));
  if (!bytes) {
    throw new PictorError(
      'dataset_too_large',
      `The pickle ${name} is longer than the ${MAX_PICKLE_BYTES} bytes that are read.`,
      {
        fix: 'Save the arrays with numpy.savez and give the .npz file: it is read piece by piece.',
      },
    );
  }
  const range = new ValueRange();
  const arrays: PicturesArray[] = [];
  const parts: ArrayPart[] = [];
  for (const { split, images, labels } of splitPairs(readPickle(bytes, name), name)) {
    const pictures = picturesArray(images, split, limits);
    const numbers = numbersOf(labels, `${split} labels`, limits);
    if (numbers.length !== pictures.shape.count) {
      throw new PictorError(
        'pickle_invalid',
        `The pickle ${name} has ${pictures.shape.count} pictures and ${numbers.length} labels for the ${split} split.`,
      );
    }
    const digests = Array.from(rowsOf(pictures), (row) => {
      range.add(pictures.decoder.decode(row));
      return hash('sha256', row);
    });
    const { width, height, channels } = pictures.shape;
    arrays.push(pictures);
    parts.push({ split, width, height, channels, digests, labels: numbers });
  }
  const hasPictures = parts.some(({ digests }) => digests.length > 0);
  const scale = hasPictures ? range.scale(name, 'pickle_invalid') : 1;
  return arrayDataset({ format: 'pickle', parts, rows: () => readRows(arrays, scale) }, name);
}

async function* readRows(arrays: readonly PicturesArray[], scale: number): AsyncGenerator<ArrayRow, void, undefined> {
  for (const [part, pictures] of arrays.entries()) {
    const write = pixelWriter(pictures.shape, scale);
    for (const row of rowsOf(pictures)) yield { part, pixels: write(pictures.decoder.decode(row)) };
  }
}

function* rowsOf({ array, shape, decoder }: PicturesArray): Generator<Uint8Array, void, undefined> {
  for (let i = 0; i < shape.count; i++) {
    yield array.data.subarray(i * decoder.rowBytes, (i + 1) * decoder.rowBytes);
  }
}

function picturesArray(array: PickleArray, split: Split, limits: DatasetLimits): PicturesArray {
  const header = array.header!;
  const name = `${split} pictures`;
  const shape = pictureShape(header, name, 'pickle_invalid');
  checkCount(shape.count, name, limits);
  const decoder = new RowDecoder(header.type, shape.height * shape.width * shape.channels, name, 'pickle_invalid');
  return { array, shape, decoder };
}

function checkCount(count: number, name: string, { maxImages }: DatasetLimits): void {
  if (count <= maxImages) return;
  throw new PictorError('dataset_too_large', `The pickle has ${count} ${name}; at most ${maxImages} are accepted.`);
}

function numbersOf(value: PickleValue, name: string, limits: DatasetLimits): Int32Array {
  if (value instanceof PickleArray && value.header) {
    checkCount(value.header.shape[0] ?? 0, name, limits);
    return labelNumbers(value.header, value.data, name, 'pickle_invalid');
  }
  if (Array.isArray(value) && value.every((label): label is number => Number.isInteger(label)))
    return Int32Array.from(value);
  throw new PictorError('pickle_invalid', `The ${name} are neither an array nor a list of whole numbers.`);
}

interface Pair {
  readonly split: Split;
  readonly images: PickleArray;
  readonly labels: PickleValue;
}

/** `((x, y), (x, y), (x, y))` is train, validation, test; `((x, y), (x, y))` is train, test; dicts have names. */
function splitPairs(value: PickleValue, name: string): Pair[] {
  const members = value instanceof Map ? namedPairs(value) : value;
  if (Array.isArray(members) && members.length >= 1 && members.length <= 3) {
    const splits = members.length === 3 ? SPLITS : (['train', 'test'] as const);
    const pairs = members.map((member, i) => {
      if (!Array.isArray(member) || member.length !== 2) return null;
      const [images, labels] = member;
      return images instanceof PickleArray && images.header ? { split: splits[i], images, labels } : null;
    });
    if (pairs.every((pair) => pair !== null)) return pairs;
  }
  throw new PictorError(
    'pickle_invalid',
    `The pickle ${name} does not hold pairs of pictures and labels; ((x_train, y_train), (x_test, y_test)) is expected.`,
  );
}

function namedPairs(dict: ReadonlyMap<string, PickleValue>): PickleValue {
  const pair = (split: string): PickleValue[] => {
    const [images, labels] = [dict.get(`x_${split}`), dict.get(`y_${split}`)];
    return images === undefined || labels === undefined ? [] : [[images, labels]];
  };
  return [...pair('train'), ...pair('test')];
}
