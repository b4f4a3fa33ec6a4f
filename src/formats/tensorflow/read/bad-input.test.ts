import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tf } from '../../../proto/index.ts';
import { encodeTable } from '../write/table.ts';
import { readSavedModel } from './read-saved-model.ts';

const FIXTURES = fileURLToPath(new URL('./testing/fixtures', import.meta.url));
const INDEX = 'variables/variables.index';
const SHARD = 'variables/variables.data-00000-of-00001';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pictor-bad-model-'));
  cpSync(path.join(FIXTURES, 'resource'), folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const refusal = async (): Promise<unknown> => readSavedModel(folder).catch((error: unknown) => error);
const place = (file: string): string => path.join(folder, file);
const invalid = (message: RegExp) => ({ code: 'model_file_invalid', message: expect.stringMatching(message) });

function flip(file: string, at: number): void {
  const bytes = readFileSync(place(file));
  bytes[at < 0 ? bytes.length + at : at] ^= 0x10;
  writeFileSync(place(file), bytes);
}

describe('files that are not what they should be', () => {
  it.each<[string, () => void, RegExp]>([
    ['no graph', () => rmSync(place('saved_model.pb')), /has no saved_model\.pb/],
    [
      'only its text form',
      () => {
        rmSync(place('saved_model.pb'));
        writeFileSync(place('saved_model.pbtxt'), 'x');
      },
      /only its text form/,
    ],
    ['an empty graph', () => writeFileSync(place('saved_model.pb'), ''), /is empty/],
    ['a graph that is cut off', () => truncateSync(place('saved_model.pb'), 5000), /is no SavedModel, or is cut off/],
    ['other bytes', () => writeFileSync(place('saved_model.pb'), Buffer.alloc(300, 0xff)), /is no SavedModel/],
    ['a web page', () => writeFileSync(place('saved_model.pb'), '<!DOCTYPE html><html>'), /is a web page/],
    [
      'a Git LFS pointer',
      () => writeFileSync(place('saved_model.pb'), 'version https://git-lfs.github.com/spec/v1\n'),
      /Git LFS pointer/,
    ],
    ['no index of variables', () => rmSync(place(INDEX)), /variables\.index is missing/],
    ['an index that is cut off', () => truncateSync(place(INDEX), 100), /does not end as a table/],
    ['an index that is too short', () => truncateSync(place(INDEX), 10), /has 10 bytes/],
    ['a damaged index', () => flip(INDEX, 20), /variables\.index is damaged: the checksum/],
    ['a shard that is missing', () => rmSync(place(SHARD)), /data-00000-of-00001 is missing/],
    ['a shard that is cut off', () => truncateSync(place(SHARD), 100), /has 100 bytes, but 192 are needed/],
    ['a damaged shard', () => flip(SHARD, -1), /the variable "kernel" is damaged: its checksum is wrong/],
  ])('%s', async (_, spoil, message) => {
    spoil();
    expect(await refusal()).toMatchObject(invalid(message));
  });
});

function writeIndex(
  entry: MessageInitShape<typeof tf.BundleEntryProtoSchema>,
  header: MessageInitShape<typeof tf.BundleHeaderProtoSchema> = {},
): void {
  const entries = [
    {
      key: '',
      value: toBinary(tf.BundleHeaderProtoSchema, create(tf.BundleHeaderProtoSchema, { numShards: 1, ...header })),
    },
    { key: 'kernel', value: toBinary(tf.BundleEntryProtoSchema, create(tf.BundleEntryProtoSchema, entry)) },
  ];
  writeFileSync(place(INDEX), encodeTable(entries));
}

describe('sizes that are claimed', () => {
  const dims = (...sizes: number[]) => ({ dim: sizes.map((size) => ({ size: BigInt(size) })) });
  it.each<[string, MessageInitShape<typeof tf.BundleEntryProtoSchema>, RegExp]>([
    [
      'two gigabytes of a small file',
      { dtype: 1, shape: dims(1 << 29), size: 1n << 31n },
      /192 bytes, but 2147483648 are needed/,
    ],
    ['a product that overflows', { dtype: 1, shape: dims(2 ** 31, 2 ** 31), size: 4n }, /has sizes that are none/],
    ['a size below zero', { dtype: 1, shape: dims(-4), size: 16n }, /has sizes that are none/],
    ['more than its shape needs', { dtype: 1, shape: dims(4), size: 192n }, /needs 16 bytes, but has 192/],
    ['a shard that there is not', { dtype: 1, shape: dims(1), size: 4n, shardId: 3 }, /is in file 3 of 1/],
    ['bytes before the file', { dtype: 1, shape: dims(1), size: 4n, offset: -8n }, /claims 4 bytes at -8/],
  ])('%s', async (_, entry, message) => {
    writeIndex(entry);
    expect(await refusal()).toMatchObject(invalid(message));
  });

  it.each([
    ['a million files', { numShards: 1_000_000 }, /claims 1000000 files/],
    ['big-endian numbers', { endianness: 1 }, /big-endian/],
  ])('%s', async (_, header, message) => {
    writeIndex({ dtype: 1, size: 4n }, header);
    expect(await refusal()).toMatchObject(invalid(message));
  });
});

type Graph = MessageInitShape<typeof tf.GraphDefSchema>;
type Node = MessageInitShape<typeof tf.NodeDefSchema>;

function writeGraph(graphDef: Graph, tags: readonly string[] = ['serve'], output = 'y:0', taken = [-1]): void {
  rmSync(place('variables'), { recursive: true });
  mkdirSync(place('variables'));
  const info = (name: string, sizes = [-1]) => ({
    encoding: { case: 'name' as const, value: name },
    dtype: 1,
    tensorShape: { dim: sizes.map((size) => ({ size: BigInt(size) })) },
  });
  const signature = {
    inputs: { x: info('x:0', taken) },
    outputs: { y: info(output) },
    methodName: 'tensorflow/serving/predict',
  };
  const metaGraph = { metaInfoDef: { tags: [...tags] }, graphDef, signatureDef: { serving_default: signature } };
  const model = create(tf.SavedModelSchema, { savedModelSchemaVersion: 1n, metaGraphs: [metaGraph] });
  writeFileSync(place('saved_model.pb'), toBinary(tf.SavedModelSchema, model));
}

const x: Node = { name: 'x', op: 'Placeholder', attr: { dtype: { value: { case: 'type', value: 1 } } } };
const call = (name: string, fn: string, ...input: string[]): Node => ({
  name,
  op: 'PartitionedCall',
  input,
  attr: { f: { value: { case: 'func', value: { name: fn } } } },
});
const fn = (name: string, ...nodeDef: Node[]) => ({
  signature: { name, inputArg: [{ name: 'a', type: 1 }], outputArg: [{ name: 'out', type: 1 }] },
  nodeDef,
  ret: { out: `${nodeDef.at(-1)?.name}:output:0` },
});

describe('graphs that cannot be computed', () => {
  it('for training only', async () => {
    writeGraph({ node: [x, { name: 'y', op: 'Relu', input: ['x'] }] }, ['train']);
    expect(await refusal()).toMatchObject(invalid(/none of its graphs has the tag "serve"; there are \[train\]/));
  });

  it('with operators that are not known', async () => {
    const foreign: Node[] = [
      { name: 'z', op: 'MyOwnOp', input: ['x'] },
      { name: 'y', op: 'PyFunc', input: ['z'] },
    ];
    writeGraph({ node: [x, ...foreign] });
    expect(await refusal()).toMatchObject({
      code: 'model_unsupported',
      message: expect.stringContaining('"serving_default": it uses MyOwnOp, PyFunc'),
      details: { operators: ['MyOwnOp', 'PyFunc'] },
    });
  });

  it('that cannot be run with what their signature takes', async () => {
    const tensor = { dtype: 3, tensorShape: { dim: [{ size: 2n }] }, intVal: [-1, 7] };
    const sevens: Node = {
      name: 'sevens',
      op: 'Const',
      attr: { dtype: { value: { case: 'type', value: 3 } }, value: { value: { case: 'tensor', value: tensor } } },
    };
    writeGraph({ node: [x, sevens, { name: 'y', op: 'Reshape', input: ['x', 'sevens'] }] }, ['serve'], 'y:0', [-1, 8]);
    expect(await refusal()).toMatchObject({
      code: 'model_unsupported',
      message: expect.stringMatching(/"serving_default": its operator Reshape \("y"\) cannot be run: .*\{1,8\}/),
    });
  });

  it('that lack a node, or a function', async () => {
    writeGraph({ node: [x, { name: 'y', op: 'Relu', input: ['gone'] }] });
    expect(await refusal()).toMatchObject(invalid(/uses "gone", which is not in it/));
    mkdirSync(place('variables'), { recursive: true });
    writeGraph({ node: [x, call('y', 'gone', 'x')] });
    expect(await refusal()).toMatchObject(invalid(/calls the function "gone"/));
  });

  it('whose functions call each other', async () => {
    const library = { function: [fn('f', call('c', 'g', 'a')), fn('g', call('c', 'f', 'a'))] };
    writeGraph({ node: [x, call('y', 'f', 'x')], library });
    expect(await refusal()).toMatchObject({
      code: 'model_unsupported',
      message: expect.stringContaining('calls itself'),
    });
  });

  it('whose functions double with every call', async () => {
    const level = (i: number) => fn(`f${i}`, call('l', `f${i + 1}`, 'a'), call('r', `f${i + 1}`, 'l:output:0'));
    const levels = Array.from({ length: 60 }, (_, i) => level(i));
    const library = { function: [...levels, fn('f60', { name: 'o', op: 'Neg', input: ['a'] })] };
    writeGraph({ node: [x, call('y', 'f0', 'x')], library });
    expect(await refusal()).toMatchObject({
      code: 'model_unsupported',
      message: expect.stringContaining('called more than 20000 times'),
    });
  });

  it('whose nodes go in a circle', async () => {
    writeGraph({ node: [x, { name: 'y', op: 'Add', input: ['x', 'z'] }, { name: 'z', op: 'Neg', input: ['y'] }] });
    expect(await refusal()).toMatchObject({
      code: 'model_unsupported',
      message: expect.stringContaining('part of a loop'),
    });
    mkdirSync(place('variables'), { recursive: true });
    writeGraph({
      node: [x, { name: 'y', op: 'PartitionedCall', input: ['y'], attr: call('y', 'f').attr }],
      library: { function: [fn('f', { name: 'i', op: 'Identity', input: ['a'] })] },
    });
    expect(await refusal()).toMatchObject({ code: 'model_unsupported' });
  });

  it('with two gigabytes of constants in a few bytes', async () => {
    const tensor = { dtype: 1, tensorShape: { dim: [{ size: 1n << 29n }] }, floatVal: [1] };
    const constant: Node = { name: 'c', op: 'Const', attr: { value: { value: { case: 'tensor', value: tensor } } } };
    writeGraph({ node: [x, constant, { name: 'y', op: 'Add', input: ['x', 'c'] }] });
    expect(await refusal()).toMatchObject(invalid(/claimed without their bytes/));
  });

  it('restored under a name that is no text', async () => {
    const model = fromBinary(tf.SavedModelSchema, readFileSync(place('saved_model.pb')));
    const { graphDef } = model.metaGraphs[0];
    const functions = graphDef?.library?.function ?? [];
    for (const { op, attr } of [...(graphDef?.node ?? []), ...functions.flatMap(({ nodeDef }) => nodeDef)]) {
      const value = attr.value?.value;
      if (op === 'Const' && value?.case === 'tensor' && value.value.dtype === 7) value.value.dtype = 99;
    }
    writeFileSync(place('saved_model.pb'), toBinary(tf.SavedModelSchema, model));
    // The variables have names of their own.
    expect(await refusal()).toMatchObject({ format: 'savedmodel', parameters: 48 });
  });

  it('with an attribute of another kind', async () => {
    const model = fromBinary(tf.SavedModelSchema, readFileSync(place('saved_model.pb')));
    const graph = model.metaGraphs[0].graphDef;
    const functions = graph?.library?.function ?? [];
    for (const { op, attr } of [...(graph?.node ?? []), ...functions.flatMap(({ nodeDef }) => nodeDef)]) {
      if (op === 'VarHandleOp') attr.shared_name.value = { case: 'i', value: 1n << 60n };
    }
    writeFileSync(place('saved_model.pb'), toBinary(tf.SavedModelSchema, model));
    expect(await refusal()).toMatchObject({
      code: 'model_unsupported',
      message: expect.stringMatching(/attribute "shared_name" of ".+" is i, not s/),
    });
  });

  it('whose sides multiply to more than can be counted', async () => {
    const int = (value: bigint[]) => ({
      dtype: 9,
      tensorShape: { dim: [{ size: BigInt(value.length) }] },
      int64Val: value,
    });
    const constant = (name: string, value: bigint[]): Node => ({
      name,
      op: 'Const',
      attr: { value: { value: { case: 'tensor', value: int(value) } } },
    });
    const wide = constant('wide', [-1n, 1n << 62n]);
    writeGraph({ node: [x, wide, { name: 'y', op: 'Reshape', input: ['x', 'wide'] }] });
    expect(await refusal()).toMatchObject({
      code: 'model_unsupported',
      message: expect.stringContaining('has a side of 4611686018427388000'),
    });
  });

  it('with two nodes of one name', async () => {
    writeGraph({ node: [x, x, { name: 'y', op: 'Relu', input: ['x'] }] });
    expect(await refusal()).toMatchObject(invalid(/two nodes of the same name/));
  });

  it('without the output that a signature names', async () => {
    writeGraph({ node: [x] }, ['serve'], 'elsewhere:0');
    expect(await refusal()).toMatchObject(invalid(/uses "elsewhere:0"/));
  });
});
