import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { afterAll, expect, it } from 'vitest';
import { tf } from '../../proto/index.ts';
import { crc32c } from '../crc32c.ts';
import { EventFile } from './event-file.ts';
import { histogramOf } from './histogram.ts';
import { encodeRecord } from './records.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'pictor-tensorboard-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('computes the CRC of RFC 3720, appendix B.4', () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
});

it('frames records as tf.io.TFRecordWriter does', () => {
  const bytes = encodeRecord(Buffer.from('hello'));
  expect(Buffer.from(bytes).toString('hex')).toBe('0500000000000000eab2043e68656c6c6fbb1f1c19');
});

it('writes a scalar as TensorFlow does', async () => {
  const file = new EventFile(path.join(folder, 'golden'), () => 1.5);
  file.scalar('epoch_loss', 0.25, 7);
  await file.flush();
  const [name] = readdirSync(path.join(folder, 'golden'));
  const bytes = readFileSync(path.join(folder, 'golden', name)).toString('hex');
  // The record that TensorFlow 2.21 writes for the same event.
  const golden = '200000000000000029eda95009000000000000f83f10072a130a110a0a65706f63685f6c6f7373150000803e43afa828';
  expect(bytes.endsWith(golden)).toBe(true);
});

it('writes what TensorBoard reads, in order', async () => {
  const file = new EventFile(path.join(folder, 'all'), () => 1e9);
  file.restart(3);
  file.histogram('kernel', [0, 1, 2, Number.NaN], 4);
  file.histogram('nothing', [Number.NaN], 4);
  file.text('notes', '**bold**');
  file.graph([{ name: 'dense', op: 'Dense', inputs: ['input'], shape: [-1, 3] }]);
  await file.flush();
  await file.flush();
  const [name] = readdirSync(path.join(folder, 'all'));
  expect(name).toMatch(/^events\.out\.tfevents\.1000000000\./);
  const events = readEvents(readFileSync(path.join(folder, 'all', name)));
  expect(events.map(({ what, step }) => [what.case, Number(step)])).toEqual([
    ['fileVersion', 0],
    ['sessionLog', 3],
    ['summary', 4],
    ['summary', 0],
    ['graphDef', 0],
  ]);
  const graph = fromBinary(tf.GraphDefSchema, events[4].what.value as Uint8Array);
  expect(graph.node[0]).toMatchObject({ name: 'dense', op: 'Dense', input: ['input'] });
});

it('counts numbers in equal buckets', () => {
  const histogram = histogramOf(Float32Array.from({ length: 61 }, (_, i) => i - 30));
  expect(histogram).toMatchObject({ min: -30, max: 30, num: 61, sum: 0, sumSquares: 18910 });
  expect(histogram?.bucket).toEqual([...new Array(29).fill(2), 3]);
  expect(histogram?.bucketLimit.at(-1)).toBe(30);
  expect(histogramOf([5, 5])).toMatchObject({ num: 2, bucketLimit: [4.5, 5.5], bucket: [0, 2] });
});

function readEvents(bytes: Buffer): tf.Event[] {
  const events: tf.Event[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    events.push(fromBinary(tf.EventSchema, bytes.subarray(at + 12, at + 12 + length)));
    at += 16 + length;
  }
  return events;
}
