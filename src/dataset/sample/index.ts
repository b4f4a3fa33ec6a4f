/** @file `sample:digits`: handwriting-like digits that need no download, drawn from strokes, the same on every machine. */
import { hash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RandomGenerator, type Split } from '../../contracts/index.ts';
import { type ArrayPart, type ArrayRow, arrayDataset } from '../readers/array-dataset.ts';
import type { ScannedDataset } from '../scanned.ts';
import { writeDigit } from './handwriting.ts';
import { DIGIT_SIZE, drawPath } from './raster.ts';

/** Changes whenever a pixel changes. */
export const SAMPLE_DIGITS_VERSION = 1;

const COUNTS = { train: 12_000, test: 2_000 } as const;
const SEED = 20_250_101;
const DIGITS_AT_ONCE = 500;

interface DrawnSplit {
  readonly split: Split;
  readonly pictures: readonly Uint8Array[];
  readonly labels: Int32Array;
}

/** 12,000 training and 2,000 test pictures, uint8 [28, 28], white on black, evenly over the digits 0 to 9. */
export async function scanSampleDigits(signal?: AbortSignal): Promise<ScannedDataset> {
  const drawn = [await drawSplit('train', COUNTS.train, signal), await drawSplit('test', COUNTS.test, signal)];
  const parts = drawn.map(({ split, pictures, labels }): ArrayPart => {
    const digests = pictures.map((pixels) => hash('sha256', pixels));
    return { split, width: DIGIT_SIZE, height: DIGIT_SIZE, channels: 1, digests, labels };
  });
  return arrayDataset({ format: 'sample', parts, rows: () => readRows(drawn) }, 'sample:digits');
}

async function drawSplit(split: 'train' | 'test', count: number, signal?: AbortSignal): Promise<DrawnSplit> {
  const random = new RandomGenerator(SEED, `sample:digits/${split}`);
  const labels = Int32Array.from({ length: count }, (_, i) => i % 10);
  random.shuffle(labels);
  const pictures: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    if (i % DIGITS_AT_ONCE === 0) {
      // Drawing is work for the processor alone; others get a turn.
      await nextTurn();
      signal?.throwIfAborted();
    }
    pictures.push(drawPath(writeDigit(labels[i], random)));
  }
  return { split, pictures, labels };
}

async function* readRows(drawn: readonly DrawnSplit[]): AsyncGenerator<ArrayRow, void, undefined> {
  for (const [part, { pictures }] of drawn.entries()) {
    for (const data of pictures) yield { part, pixels: { data, width: DIGIT_SIZE, height: DIGIT_SIZE, channels: 1 } };
  }
}
