/** @file IDX files, the form in which MNIST and its relatives are published. */
import { hash } from 'node:crypto';
import nodePath from 'node:path';
import { PictorError, type Split } from '../../contracts/index.ts';
import type { DatasetLimits } from '../limits.ts';
import { ByteReader, UnexpectedEnd } from './byte-reader.ts';

const IMAGES_MAGIC = 0x803;
const LABELS_MAGIC = 0x801;

/** One IDX file that was read once. */
export type ScannedIdx =
  | {
      readonly kind: 'images';
      readonly split: Split;
      readonly path: string;
      readonly width: number;
      readonly height: number;
      /** One for each image. */
      readonly digests: readonly string[];
    }
  | { readonly kind: 'labels'; readonly split: Split; readonly path: string; readonly labels: Int32Array };

/** Whether a file is named as in the MNIST distributions: `train-images-idx3-ubyte`, `t10k-labels.idx1-ubyte.gz`. */
export function isIdxName(path: string): boolean {
  return /(images|labels).*(idx|ubyte)/i.test(nodePath.posix.basename(path));
}

/** Whether the first bytes are an IDX header: two zeros, a type, a number of dimensions. */
export function isIdxHeader(bytes: Uint8Array): boolean {
  return (
    bytes.length >= 8 &&
    bytes[0] === 0 &&
    bytes[1] === 0 &&
    bytes[2] >= 8 &&
    bytes[2] <= 14 &&
    bytes[3] >= 1 &&
    bytes[3] <= 4
  );
}

/** @param chunks unpacked. @throws idx_invalid */
export async function scanIdx(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
  limits: DatasetLimits,
): Promise<ScannedIdx> {
  const name = nodePath.posix.basename(path);
  const kind = /images/i.test(name) ? 'images' : 'labels';
  const split = splitOf(name);
  const reader = new ByteReader(chunks);
  try {
    const shape = await readHeader(reader, kind, path, limits);
    if (kind === 'labels') {
      const labels = new Int32Array(shape.count);
      let i = 0;
      for await (const record of reader.records(1, shape.count)) labels[i++] = record[0];
      await checkEnd(reader, path);
      return { kind, split, path, labels };
    }
    const digests: string[] = [];
    for await (const record of reader.records(shape.width * shape.height, shape.count)) {
      digests.push(hash('sha256', record));
    }
    await checkEnd(reader, path);
    return { kind, split, path, width: shape.width, height: shape.height, digests };
  } catch (error) {
    if (error instanceof UnexpectedEnd) {
      throw new PictorError('idx_invalid', `The IDX file ${path} ends before the number of ${kind} that it declares.`, {
        cause: error,
      });
    }
    throw error;
  } finally {
    await reader.close();
  }
}

/** The images of a file that `scanIdx` accepted, each [height, width], valid until the next one. */
export async function* idxImages(
  chunks: AsyncIterable<Uint8Array>,
  scanned: ScannedIdx & { kind: 'images' },
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = new ByteReader(chunks);
  try {
    await reader.read(16);
    yield* reader.records(scanned.width * scanned.height, scanned.digests.length);
  } finally {
    await reader.close();
  }
}

interface IdxShape {
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

async function readHeader(
  reader: ByteReader,
  kind: 'images' | 'labels',
  path: string,
  limits: DatasetLimits,
): Promise<IdxShape> {
  const length = kind === 'images' ? 16 : 8;
  const bytes = await reader.read(length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  const magic = view.getUint32(0);
  const expected = kind === 'images' ? IMAGES_MAGIC : LABELS_MAGIC;
  if (magic !== expected) {
    const hex = (value: number) => `0x${value.toString(16).padStart(8, '0')}`;
    throw new PictorError(
      'idx_invalid',
      `The IDX file ${path} starts with ${hex(magic)}; ${kind} start with ${hex(expected)}.`,
      { details: { path, magic, expected } },
    );
  }
  const count = view.getUint32(4);
  if (count > limits.maxImages) {
    throw new PictorError(
      'dataset_too_large',
      `The IDX file ${path} declares ${count} ${kind}; at most ${limits.maxImages} are accepted.`,
    );
  }
  if (kind === 'labels') return { count, height: 0, width: 0 };
  const height = view.getUint32(8);
  const width = view.getUint32(12);
  if (height === 0 || width === 0 || height * width > limits.maxPixels) {
    throw new PictorError('idx_invalid', `The IDX file ${path} declares images of ${width} x ${height} pixels.`, {
      details: { path, width, height },
    });
  }
  return { count, height, width };
}

async function checkEnd(reader: ByteReader, path: string): Promise<void> {
  if (await reader.isAtEnd()) return;
  throw new PictorError('idx_invalid', `The IDX file ${path} holds more bytes than its header declares.`);
}

function splitOf(name: string): Split {
  if (/t10k|test/i.test(name)) return 'test';
  return /val/i.test(name) ? 'validation' : 'train';
}
