import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tf } from '../../../proto/index.ts';
import { readSavedModel } from './read-saved-model.ts';

/** Written by TensorFlow: scripts/classic-models.py. */
const MODERN = fileURLToPath(new URL('./testing/classic/modern', import.meta.url));
const LINES = 6;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pictor-tables-'));
  cpSync(MODERN, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const vocabulary = (): string => path.join(folder, 'assets/synsets.txt');
const refusal = async (): Promise<unknown> => readSavedModel(folder).catch((error: unknown) => error);
const invalid = (message: RegExp) => ({ code: 'model_file_invalid', message: expect.stringMatching(message) });

function change(spoil: (meta: tf.MetaGraphDef) => void): void {
  const file = path.join(folder, 'saved_model.pb');
  const model = fromBinary(tf.SavedModelSchema, readFileSync(file));
  spoil(model.metaGraphs[0]);
  writeFileSync(file, toBinary(tf.SavedModelSchema, model));
}

/** The node that reads the vocabulary. */
function filling(meta: tf.MetaGraphDef): tf.NodeDef {
  const nodes = meta.graphDef?.library?.function.flatMap(({ nodeDef }) => nodeDef) ?? [];
  return nodes.find(({ op }) => op === 'InitializeTableFromTextFileV2')!;
}

const whole = (i: number) =>
  ({ $typeName: 'tensorflow.AttrValue', value: { case: 'i', value: BigInt(i) } }) as tf.AttrValue;

describe('a vocabulary', () => {
  it('that is missing', async () => {
    rmSync(vocabulary());
    expect(await refusal()).toMatchObject(invalid(/assets\/synsets\.txt is missing; a table is read from it/));
  });

  it('outside of the folder is never read', async () => {
    const outside = `${folder}.txt`;
    writeFileSync(outside, 'secret\n');
    change((meta) => {
      meta.assetFileDef[0].filename = `../../${path.basename(outside)}`;
    });
    const answer = await refusal();
    rmSync(outside);
    expect(answer).toMatchObject(invalid(/is missing; a table is read from it/));
  });

  it('that is not among the assets', async () => {
    change((meta) => {
      meta.assetFileDef.length = 0;
    });
    expect(await refusal()).toMatchObject(invalid(/is not among its assets/));
  });

  it('with fewer lines, and without the column, that the graph asks for', async () => {
    change((meta) => {
      filling(meta).attr.vocab_size = whole(LINES + 1);
    });
    expect(await refusal()).toMatchObject(invalid(/has 6 lines instead of 7/));
    change((meta) => {
      filling(meta).attr.vocab_size = whole(LINES);
      filling(meta).attr.value_index = whole(3);
    });
    expect(await refusal()).toMatchObject(invalid(/has no column 3 in line 1/));
  });

  it('with numbers that are none', async () => {
    change((meta) => {
      filling(meta).attr.key_index = whole(-2);
      filling(meta).attr.value_index = whole(-1);
    });
    expect(await refusal()).toMatchObject(invalid(/has no number in line 1/));
  });
});

it('a table that nothing fills is told by its name', async () => {
  change((meta) => {
    for (const { nodeDef } of meta.graphDef?.library?.function ?? []) {
      for (const node of nodeDef) if (node.op === 'LookupTableImportV2') node.op = 'NoOp';
    }
  });
  expect(await refusal()).toMatchObject({
    code: 'model_unsupported',
    message: expect.stringMatching(/nothing fills the table "hash_table/),
  });
});
