import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATA_TYPE_NUMBERS, tf } from '../../../../../proto/index.ts';
import { readSavedModel } from '../../read-saved-model.ts';
import { runSignature } from '../../testing/run-signature.ts';

const INT64 = DATA_TYPE_NUMBERS.DT_INT64;
const LOWEST = -(2n ** 63n);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pictor-division-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** `y = op(a, b)` of int64. */
function writeModel(op: string): void {
  const dtype = { value: { case: 'type', value: INT64 } } as const;
  const info = (name: string) => ({
    encoding: { case: 'name' as const, value: `${name}:0` },
    dtype: INT64,
    tensorShape: { dim: [{ size: -1n }] },
  });
  const metaGraph: MessageInitShape<typeof tf.MetaGraphDefSchema> = {
    metaInfoDef: { tags: ['serve'] },
    graphDef: {
      node: [
        { name: 'a', op: 'Placeholder', attr: { dtype } },
        { name: 'b', op: 'Placeholder', attr: { dtype } },
        { name: 'y', op, input: ['a', 'b'], attr: { T: dtype } },
      ],
    },
    signatureDef: {
      serving_default: {
        inputs: { a: info('a'), b: info('b') },
        outputs: { y: info('y') },
        methodName: 'tensorflow/serving/predict',
      },
    },
  };
  mkdirSync(path.join(folder, 'variables'));
  const model = create(tf.SavedModelSchema, { savedModelSchemaVersion: 1n, metaGraphs: [metaGraph] });
  writeFileSync(path.join(folder, 'saved_model.pb'), toBinary(tf.SavedModelSchema, model));
}

/** Answers of TensorFlow 2.21. A trap of the processor would end this process. */
describe('whole numbers, the lowest divided by -1 among them', () => {
  it.each([
    ['FloorDiv', [LOWEST, -7n, 7n, 3n, -4n, -1n]],
    ['FloorMod', [0n, 0n, 0n, -1n, -1n, -1n]],
    ['TruncateDiv', [LOWEST, -7n, 7n, 3n, -3n, 0n]],
    ['Div', [LOWEST, -7n, 7n, 3n, -3n, 0n]],
  ])('%s', async (op, expected) => {
    writeModel(op);
    const int64 = (...numbers: bigint[]) =>
      ({ type: 'int64', shape: [numbers.length], data: BigInt64Array.from(numbers) }) as const;
    const a = int64(LOWEST, 7n, -7n, -7n, 7n, 1n);
    const b = int64(-1n, -1n, -1n, -2n, -2n, -2n);
    const [answer] = Object.values(await runSignature(await readSavedModel(folder), 'serving_default', { a, b }));
    expect([...answer.data]).toEqual(expected);
  });
});
