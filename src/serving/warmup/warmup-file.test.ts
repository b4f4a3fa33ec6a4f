import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readWarmupFile, WARMUP_FILE } from './warmup-file.ts';

/** A TFRecord with one PredictionLog, written by TensorFlow: predict of `mnist`, version 3, images `[1, 2]`. */
const GOLDEN = Buffer.from(
  '4c00000000000000f5d4a2a0324a0a480a1c0a056d6e697374120208031a0f73657276696e675f64656661756c7412200a06696d61676573121608011208120208011202080222080000803f000000401a0673636f72657326e51f47',
  'hex',
);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pictor-warmup-'));
  await mkdir(path.join(folder, 'assets.extra'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const read = async (bytes: Uint8Array) => {
  await writeFile(path.join(folder, WARMUP_FILE), bytes);
  return readWarmupFile(folder);
};
const changed = (at: number) => {
  const bytes = Buffer.from(GOLDEN);
  bytes[at] ^= 1;
  return bytes;
};

describe('warm-up files', () => {
  it('need not be there', async () => {
    expect(await readWarmupFile(path.join(folder, 'nothing'))).toEqual([]);
  });

  it('hold requests as TensorFlow writes them', async () => {
    const requests = await read(Buffer.concat([GOLDEN, GOLDEN]));
    expect(requests).toHaveLength(2);
    expect(requests[1]).toMatchObject({
      case: 'predictLog',
      value: { request: { modelSpec: { name: 'mnist', signatureName: 'serving_default' }, outputFilter: ['scores'] } },
    });
    expect(await read(new Uint8Array())).toEqual([]);
  });

  it.each<[string, Uint8Array, string]>([
    ['another length', changed(0), 'corrupted record at 0. Please verify your warmup data is in TFRecord format.'],
    ['another payload', changed(20), 'corrupted record at 0. Please verify your warmup data is in TFRecord format.'],
    ['no end', GOLDEN.subarray(0, -1), 'truncated record at 0. Please verify your warmup data is in TFRecord format.'],
    ['no head', Buffer.concat([GOLDEN, Buffer.of(1)]), `truncated record at ${GOLDEN.length}. Please verify`],
    ['a text', Buffer.from('{"instances": [1.0, 2.0]}'), 'corrupted record at 0. Please verify'],
    [
      'too many',
      Buffer.concat(new Array(1001).fill(GOLDEN)),
      'Number of warmup records exceeds the maximum (1000) at ',
    ],
  ])('with %s are refused', async (_name, bytes, text) => {
    await expect(read(bytes)).rejects.toThrow(text);
  });
});
