/** @file Finds out what one file is, by its content, and reads it once. */
import { open, stat } from 'node:fs/promises';
import { PictorError } from '../../contracts/index.ts';
import { describeContent, pictureFormat, startsWith } from '../picture-format.ts';
import type { ScannedDataset } from '../scanned.ts';
import type { Container } from './container.ts';
import { fileChunks, gunzipChunks } from './gunzip.ts';
import { isIdxHeader } from './idx.ts';
import { scanNpz } from './npz.ts';
import { scanPickle } from './pickle-dataset.ts';
import { type ScanOptions, scanContainer } from './scan-container.ts';
import { tarContainer } from './tar.ts';
import { UnpackMeter } from './unpack-meter.ts';
import { zipContainer } from './zip.ts';

const HEAD_BYTES = 1024;
/** A pickle is unpacked into memory: one this long that shrank a hundredfold is none of pictures. */
const HARMLESS_PICKLE_BYTES = 2 ** 26;

/**
 * @param file a local file
 * @param name what people know it by
 * @throws dataset_format_unknown, archive_is_web_page, archive_corrupt, and what the readers throw
 */
export async function scanFile(file: string, name: string, options: ScanOptions): Promise<ScannedDataset> {
  const { limits, signal } = options;
  const head = await readHead(file);
  if (head.length === 0) throw new PictorError('archive_corrupt', `The file ${name} is empty.`);
  if (startsWith(head, [0x50, 0x4b, 0x03, 0x04]) || startsWith(head, [0x50, 0x4b, 0x05, 0x06])) {
    const zip = zipContainer(file, name, limits);
    return (await isNpz(zip, signal)) ? scanNpz(zip, limits, signal) : scanContainer(zip, options);
  }
  if (startsWith(head, [0x1f, 0x8b])) {
    const meter = new UnpackMeter(limits, (await stat(file)).size);
    const inner = await firstBytes(gunzipChunks(fileChunks(file, signal), meter, name));
    if (isTar(inner)) return scanContainer(tarContainer(file, name, true, limits), options);
    if (isPickle(inner)) {
      const inMemory = { ...limits, harmlessUnpackedBytes: HARMLESS_PICKLE_BYTES };
      const whole = new UnpackMeter(inMemory, (await stat(file)).size);
      return scanPickle(gunzipChunks(fileChunks(file, signal), whole, name), name, limits);
    }
    throw unknownFormat(inner, `The gzip file ${name}`);
  }
  if (isTar(head)) return scanContainer(tarContainer(file, name, false, limits), options);
  if (isPickle(head)) return scanPickle(fileChunks(file, signal), name, limits);
  throw unknownFormat(head, `The file ${name}`);
}

async function readHead(file: string): Promise<Uint8Array> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function firstBytes(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    length += chunk.length;
    if (length >= HEAD_BYTES) break;
  }
  return Buffer.concat(parts).subarray(0, HEAD_BYTES);
}

/** The first header's checksum is right: the only mark that all tar files have. */
function isTar(head: Uint8Array): boolean {
  if (head.length < 512) return false;
  const declared = Number.parseInt(
    Buffer.from(head.subarray(148, 156)).toString('latin1').replace(/\0/g, ' ').trim(),
    8,
  );
  let sum = 8 * 0x20;
  for (let i = 0; i < 512; i++) if (i < 148 || i >= 156) sum += head[i];
  return declared === sum;
}

/** Protocols 2 and later start with PROTO and their number; 0 and 1 have no mark: a container or a global begins. */
function isPickle(head: Uint8Array): boolean {
  if (head[0] === 0x80) return head[1] >= 2 && head[1] <= 5;
  return /^(\(\(|\(lp|\(dp|\(?[ci][\w.]+\n\w+\n)/.test(Buffer.from(head.subarray(0, 256)).toString('latin1'));
}

async function isNpz(zip: Container, signal: AbortSignal | undefined): Promise<boolean> {
  let arrays = 0;
  let others = 0;
  for await (const entry of zip.entries(signal)) {
    if (entry.kind === 'folder') continue;
    if (entry.path.endsWith('.npy')) arrays += 1;
    else others += 1;
  }
  return arrays > others;
}

/** Formats that people may well try. */
const OTHER_FORMATS: readonly (readonly [readonly number[], string])[] = [
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'xz data'],
  [[0x42, 0x5a, 0x68], 'bzip2 data'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'Zstandard data'],
  [[0x37, 0x7a, 0xbc, 0xaf], 'a 7-Zip archive'],
  [[0x52, 0x61, 0x72, 0x21], 'a RAR archive'],
  [[0x89, 0x48, 0x44, 0x46], 'an HDF5 file'],
  [[0x50, 0x41, 0x52, 0x31], 'a Parquet file'],
  [[0x93, 0x4e, 0x55, 0x4d], 'a single NumPy array, without labels'],
  [[0x1f, 0x8b], 'gzip data inside gzip'],
];

function unknownFormat(head: Uint8Array, subject: string): PictorError {
  const text = Buffer.from(head).toString('latin1');
  if (/^\s*(<!doctype html|<html|<head|<!--)/i.test(text)) {
    return new PictorError('archive_is_web_page', `${subject} is a web page, not an archive of pictures.`);
  }
  if (isIdxHeader(head)) {
    return new PictorError(
      'dataset_format_unknown',
      `${subject} is one IDX file, but pictures and labels come in two.`,
      {
        fix: 'Give the folder, or an archive, that holds the images and the labels files.',
      },
    );
  }
  if (pictureFormat(head)) {
    return new PictorError('dataset_format_unknown', `${subject} is a single picture, not a dataset.`);
  }
  const other = OTHER_FORMATS.find(([magic]) => startsWith(head, magic))?.[1] ?? describeContent(head);
  return new PictorError('dataset_format_unknown', `${subject} holds ${other}, which is not read as a dataset.`);
}
