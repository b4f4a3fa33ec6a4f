import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExampleFeature, GraphSignature, TensorValue } from '../../contracts/index.ts';
import { createInferencePool, type InferencePool } from '../../runtime/index.ts';
import { BatchScheduler } from '../batching/batch-scheduler.ts';
import type { ModelInUse } from '../model-in-use.ts';
import { loadServable } from '../servable/loaded-version.ts';
import { type ServableFacts, servableOf } from '../servable/servable.ts';
import { bytes, example, float, floats, ints, texts } from '../testing/tensors.ts';
import { addingOnnx, ONNX, tinyOnnx } from '../testing/tiny-onnx.ts';
import { VersionRunner } from '../version-runner.ts';

describe('a graph that was made elsewhere', () => {
  let pool: InferencePool;
  beforeAll(() => {
    pool = createInferencePool({ threads: 1 });
  });
  afterAll(() => pool.close());

  async function load(
    graphs: Readonly<Record<string, Uint8Array>>,
    facts: Partial<ServableFacts>,
  ): Promise<ModelInUse> {
    const scheduler = new BatchScheduler({ concurrency: 1 });
    const more = { manifest: null, bytes: 1, what: 'it', folder: '/nowhere' };
    const servable = servableOf(
      { labels: [], input: null, network: null, ...facts },
      new Map(Object.entries(graphs)),
      more,
    );
    const context = { pool, scheduler, maxBatch: 8, objectiveMs: 100, batching: null };
    const decode = async () => Uint8Array.of(0, 51, 102, 255);
    const observer = { onRequest: () => {} };
    const runner = new VersionRunner({ maxPending: 100, maxPendingBytes: 1e9, decode, observer, samples: null });
    return runner.inUse(await loadServable(context, 'm', 1, servable));
  }

  const tensor = (node: string, dtype: TensorValue['dtype'], shape: readonly number[] | null) => ({
    dtype,
    shape,
    tensor: `${node}:0`,
    node,
  });
  const adder = (shape: readonly number[] | null, more: Partial<GraphSignature> = {}): GraphSignature => ({
    method: 'tensorflow/serving/predict',
    graph: 'g',
    inputs: { x: tensor('x', 'DT_FLOAT', shape) },
    outputs: { y: tensor('y', 'DT_FLOAT', shape) },
    ...more,
  });
  const answer = async (model: ModelInUse, x: TensorValue) => {
    const y = (await model.run('', new Map([['x', x]]))).get('y')!;
    return { shape: y.shape, data: Array.from(y.data as Float32Array) };
  };

  it('takes and gives every type', async () => {
    const values: readonly (readonly [keyof typeof ONNX, TensorValue])[] = [
      ['float', { dtype: 'DT_FLOAT', shape: [2], data: Float32Array.of(1.5, Number.NaN) }],
      ['double', { dtype: 'DT_DOUBLE', shape: [2], data: Float64Array.of(Math.PI, -1) }],
      ['half', { dtype: 'DT_HALF', shape: [2], data: Uint16Array.of(0x3c00, 0x7bff) }],
      ['int8', { dtype: 'DT_INT8', shape: [2], data: Int8Array.of(-128, 127) }],
      ['uint8', { dtype: 'DT_UINT8', shape: [2], data: Uint8Array.of(0, 255) }],
      ['int16', { dtype: 'DT_INT16', shape: [2], data: Int16Array.of(-32768, 32767) }],
      ['uint16', { dtype: 'DT_UINT16', shape: [2], data: Uint16Array.of(0, 65535) }],
      ['int32', { dtype: 'DT_INT32', shape: [2], data: Int32Array.of(-(2 ** 31), 7) }],
      ['uint32', { dtype: 'DT_UINT32', shape: [2], data: Uint32Array.of(2 ** 32 - 1, 7) }],
      ['int64', { dtype: 'DT_INT64', shape: [2], data: BigInt64Array.of(-(2n ** 63n), 2n ** 53n + 1n) }],
      ['uint64', { dtype: 'DT_UINT64', shape: [2], data: BigUint64Array.of(2n ** 64n - 1n, 1n) }],
      ['bool', { dtype: 'DT_BOOL', shape: [2], data: Uint8Array.of(1, 0) }],
      ['string', { dtype: 'DT_STRING', shape: [2], data: [Buffer.from('é'), Buffer.from('')] }],
    ];
    const side = (name: string, [type]: (typeof values)[number]) => ({
      name: `${name}_${type}`,
      type: ONNX[type],
      shape: [-1],
    });
    const graph = tinyOnnx(
      values.map((value) => side('x', value)),
      values.map((value) => side('y', value)),
      values.map(([type]) => ({ op: 'Identity', inputs: [`x_${type}`], outputs: [`y_${type}`] })),
    );
    const tensors = (name: string) =>
      Object.fromEntries(values.map(([type, { dtype }]) => [type, tensor(`${name}_${type}`, dtype, [-1])]));
    const signature = { ...adder([-1]), inputs: tensors('x'), outputs: tensors('y') };
    const model = await load({ g: graph }, { graphSignatures: { serving_default: signature } });
    // What is sent is given away.
    const copies = () =>
      new Map(values.map(([type, value]) => [type, { ...value, data: value.data.slice() } as TensorValue]));
    const answers = await Promise.all([model.run('', copies()), model.run('', copies())]);
    for (const outputs of answers) expect([...outputs]).toEqual([...values]);
  });

  it('runs requests together where the first dimension is free, whatever the others are', async () => {
    const model = await load({ g: addingOnnx(1, [-1, -1]) }, { graphSignatures: { serving_default: adder([-1, -1]) } });
    const answers = await Promise.all([
      answer(model, float([1, 2], 1, 2)),
      answer(model, float([1, 3], 1, 2, 3)),
      answer(model, float([2, 2], 5, 6, 7, 8)),
      answer(model, float([20, 1], ...Array.from({ length: 20 }, (_, i) => i))),
    ]);
    expect(answers.slice(0, 3)).toEqual([
      { shape: [1, 2], data: [2, 3] },
      { shape: [1, 3], data: [2, 3, 4] },
      { shape: [2, 2], data: [6, 7, 8, 9] },
    ]);
    expect(answers[3]).toEqual({ shape: [20, 1], data: Array.from({ length: 20 }, (_, i) => i + 1) });
  });

  it('computes with a list of numbers where rows of one are described, as TensorFlow does', async () => {
    const model = await load({ g: addingOnnx(2) }, { graphSignatures: { serving_default: adder([-1, 1]) } });
    expect(await answer(model, float([3], 1, 2, 5))).toEqual({ shape: [3], data: [3, 4, 7] });
    expect(await answer(model, float([1, 1], 1))).toEqual({ shape: [1, 1], data: [3] });
  });

  it('runs one by one what takes one row only, and as they are those without rows', async () => {
    const single = await load({ g: addingOnnx(1, [1, 2]) }, { graphSignatures: { serving_default: adder([1, 2]) } });
    expect(await answer(single, float([3, 2], 1, 2, 3, 4, 5, 6))).toEqual({ shape: [3, 2], data: [2, 3, 4, 5, 6, 7] });
    const any = await load({ g: addingOnnx(1, null) }, { graphSignatures: { serving_default: adder(null) } });
    expect(await answer(any, float([], 1))).toEqual({ shape: [], data: [2] });
    expect(await Promise.all([answer(any, float([2], 1, 2)), answer(any, float([1, 1], 3))])).toEqual([
      { shape: [2], data: [2, 3] },
      { shape: [1, 1], data: [4] },
    ]);
  });

  it('takes exactly as many rows as a graph has that fixes more than one', async () => {
    const pair = await load({ g: addingOnnx(1, [2, 2]) }, { graphSignatures: { serving_default: adder([2, 2]) } });
    expect(await answer(pair, float([2, 2], 1, 2, 3, 4))).toEqual({ shape: [2, 2], data: [2, 3, 4, 5] });
    await expect(answer(pair, float([1, 2], 1, 2))).rejects.toMatchObject({
      code: 'input_shape_mismatch',
      message: 'Input "x" of signature "serving_default" takes [2,2], and [1,2] came.',
    });
  });

  it('says that a request cannot be computed, and goes on', async () => {
    const graph = tinyOnnx(
      ['a', 'b'].map((name) => ({ name, type: ONNX.float, shape: null })),
      [{ name: 'y', type: ONNX.float, shape: null }],
      [{ op: 'Add', inputs: ['a', 'b'], outputs: ['y'] }],
    );
    const inputs = { a: tensor('a', 'DT_FLOAT', null), b: tensor('b', 'DT_FLOAT', null) };
    const model = await load({ g: graph }, { graphSignatures: { serving_default: { ...adder(null), inputs } } });
    const run = (a: TensorValue, b: TensorValue) =>
      model.run(
        '',
        new Map([
          ['a', a],
          ['b', b],
        ]),
      );
    await expect(run(float([2], 1, 2), float([3], 1, 2, 3))).rejects.toMatchObject({ code: 'run_failed', status: 400 });
    expect((await run(float([2], 1, 2), float([], 1))).get('y')).toEqual(float([2], 2, 3));
  });

  it('refuses texts that the runtime would alter', async () => {
    const [x, y] = ['x', 'y'].map((name) => ({ name, type: ONNX.string, shape: [-1] }));
    const graph = tinyOnnx([x], [y], [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }]);
    const [text, example_] = [tensor('x', 'DT_STRING', [-1]), tensor('example', 'DT_STRING', [-1])];
    const outputs = { y: tensor('y', 'DT_STRING', [-1]) };
    const feature: ExampleFeature = { key: 'name', dtype: 'DT_STRING', shape: [], default: null };
    const model = await load(
      { g: graph },
      {
        graphSignatures: {
          serving_default: adder(null, { inputs: { x: text }, outputs }),
          parsed: adder(null, { inputs: { inputs: example_ }, outputs, examples: { inputs: { x: feature } } }),
        },
      },
    );
    const run = async (...values: Buffer[]) => {
      const given = { dtype: 'DT_STRING', shape: [values.length], data: values } as const;
      return (await model.run('', new Map([['x', given]]))).get('y')?.data;
    };
    const good = [Buffer.from('é😀'), Buffer.from('\ufeffa'), Buffer.from('')];
    expect(await run(...good)).toEqual(good);
    const refused = { code: 'input_text_invalid', status: 400, details: { signature: 'serving_default', index: 1 } };
    await expect(run(good[0], Buffer.of(0xff, 0x61))).rejects.toMatchObject({
      ...refused,
      message: 'Input "x" of signature "serving_default" goes into the graph as text, and its element 1 is not UTF-8.',
    });
    await expect(run(good[0], Buffer.from('a\0b'))).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('its element 1 has a zero byte'),
    });
    const parse = (value: Buffer) => model.run('parsed', new Map([['inputs', texts(example({ name: bytes(value) }))]]));
    expect((await parse(good[0])).get('y')?.data).toEqual([good[0]]);
    await expect(parse(Buffer.of(0x80))).rejects.toMatchObject({
      message: expect.stringContaining('Feature "name" of signature "parsed" goes into the graph as text'),
    });
  });

  it('tells which request of a batch cannot be computed, whatever its signature says, and answers the others', async () => {
    const [x, y] = ['x', 'y'].map((name) => ({ name, type: ONNX.float, shape: [-1] }));
    // Values of another length than what they are multiplied with.
    const nodes = [
      { op: 'NonZero', inputs: ['x'], outputs: ['places'] },
      { op: 'Squeeze', inputs: ['places'], outputs: ['found'] },
      { op: 'Gather', inputs: ['x', 'found'], outputs: ['kept'] },
      { op: 'Mul', inputs: ['x', 'kept'], outputs: ['y'] },
    ];
    const model = await load({ g: tinyOnnx([x], [y], nodes) }, { graphSignatures: { serving_default: adder([-1]) } });
    // The first runs alone; the others come together.
    const asked = [
      [1, 1],
      [2, 2],
      [3, 0, 5],
      [4, 4],
    ].map((values) => answer(model, float([values.length], ...values)));
    const [first, second, bad, last] = await Promise.allSettled(asked);
    expect(bad).toMatchObject({
      status: 'rejected',
      reason: {
        ...{ code: 'run_failed', status: 400, details: { model: 'm', version: '1', signature: 'serving_default' } },
        message: expect.stringMatching(
          /^Signature "serving_default" of version 1 of model "m" cannot be computed with what was sent: .*Mul/s,
        ),
      },
    });
    expect([first, second, last]).toMatchObject(
      [
        [1, 1],
        [4, 4],
        [16, 16],
      ].map((data) => ({ value: { data } })),
    );
  });

  it('runs apart what turns out to mix its rows', async () => {
    const value = (name: string) => ({ name, type: ONNX.float, shape: [-1] });
    const nodes = [{ op: 'ReduceSum', inputs: ['x'], outputs: ['y'] }];
    const graph = tinyOnnx([value('x')], [{ ...value('y'), shape: null }], nodes);
    const model = await load({ g: graph }, { graphSignatures: { serving_default: adder([-1]) } });
    const answers = () => Promise.all([1, 2, 3, 4].map((first) => answer(model, float([2], first, 1))));
    for (let turn = 0; turn < 2; turn++) {
      expect((await answers()).map(({ data }) => data)).toEqual([[2], [3], [4], [5]]);
    }
  });

  it.each([
    ['one row', 'Identity'],
    ['no row', 'Squeeze'],
  ])('runs a request whole whose rows make %s together, however many they are', async (_, op) => {
    const nodes = [
      { op: 'ReduceSum', inputs: ['x'], outputs: ['sum'] },
      { op, inputs: ['sum'], outputs: ['y'] },
    ];
    const graph = tinyOnnx(
      [{ name: 'x', type: ONNX.float, shape: [-1] }],
      [{ name: 'y', type: ONNX.float, shape: null }],
      nodes,
    );
    const model = await load({ g: graph }, { graphSignatures: { serving_default: adder([-1]) } });
    const rows = Array.from({ length: 20 }, (_, row) => row);
    for (let turn = 0; turn < 2; turn++) {
      expect((await answer(model, float([20], ...rows))).data).toEqual([190]);
    }
  });

  it('answers a large request from which it learns that a graph mixes rows', async () => {
    const graph = tinyOnnx(
      [{ name: 'x', type: ONNX.float, shape: [-1, -1] }],
      [{ name: 'y', type: ONNX.float, shape: null }],
      [{ op: 'Transpose', inputs: ['x'], outputs: ['y'] }],
    );
    const model = await load({ g: graph }, { graphSignatures: { serving_default: adder([-1, -1]) } });
    const rows = Array.from({ length: 2 * 4096 }, (_, index) => index);
    const { shape, data } = await answer(model, float([2, 4096], ...rows));
    expect({ shape, first: data.slice(0, 4) }).toEqual({ shape: [4096, 2], first: [0, 4096, 1, 4097] });
  });

  it('parses examples into the inputs of the graph', async () => {
    const feature = (
      dtype: ExampleFeature['dtype'],
      shape: readonly number[],
      standard: readonly number[] | null = null,
    ) => ({
      ...{ key: dtype, dtype, shape },
      default: standard,
    });
    const graph = tinyOnnx(
      [
        { name: 'a', type: ONNX.float, shape: [-1, 2] },
        { name: 'b', type: ONNX.int64, shape: [-1] },
      ],
      [
        { name: 'y', type: ONNX.float, shape: [-1, 2] },
        { name: 'z', type: ONNX.int64, shape: [-1] },
      ],
      [
        { op: 'Identity', inputs: ['a'], outputs: ['y'] },
        { op: 'Identity', inputs: ['b'], outputs: ['z'] },
      ],
    );
    const signature: GraphSignature = {
      ...adder([-1]),
      method: 'tensorflow/serving/regress',
      inputs: { inputs: tensor('unused', 'DT_STRING', [-1]) },
      outputs: { y: tensor('y', 'DT_FLOAT', [-1, 2]), z: tensor('z', 'DT_INT64', [-1]) },
      examples: { inputs: { a: feature('DT_FLOAT', [2]), b: feature('DT_INT64', [], [7]) } },
    };
    const model = await load({ g: graph }, { graphSignatures: { serving_default: signature } });
    expect(model.signatures.serving_default.examples).toEqual(signature.examples);
    const run = (...inputs: Uint8Array[]) => model.run('', new Map([['inputs', texts(...inputs)]]));
    const outputs = await run(
      example({ DT_FLOAT: floats(1, 2), DT_INT64: ints(3n) }),
      example({ DT_FLOAT: floats(4, 5) }),
    );
    expect(outputs.get('y')).toEqual(float([2, 2], 1, 2, 4, 5));
    expect(outputs.get('z')).toEqual({ dtype: 'DT_INT64', shape: [2], data: BigInt64Array.of(3n, 7n) });
    await expect(run(example({ DT_FLOAT: floats(1) }))).rejects.toThrow(
      'Name: <unknown>, Key: DT_FLOAT, Index: 0.  Number of float values != expected.  Values size: 1 but output shape: [2]',
    );
    await expect(run(example({ DT_FLOAT: ints(1n) }))).rejects.toThrow(
      "Name: <unknown>, Key: DT_FLOAT, Index: 0.  Data types don't match. Expected type: float but got type: int64",
    );
    await expect(run(example({ DT_INT64: ints(1n) }))).rejects.toThrow(
      'Name: <unknown>, Feature: DT_FLOAT (data type: float) is required but could not be found.',
    );
  });

  it.each([
    ['as bytes', [-1, 2, 2, 1], 'DT_UINT8', {}, [0, 51, 102, 255]],
    ['from 0 to 1', [-1, 2, 2, 1], 'DT_FLOAT', { inputRange: '0..1' }, [0, 0.2, 0.4, 1]],
    ['from -1 to 1, in a row', [-1, 4], 'DT_FLOAT', { inputRange: '-1..1' }, [-1, -0.6, -0.2, 1]],
    ['without channels', [-1, 2, 2], 'DT_FLOAT', {}, [0, 51, 102, 255]],
    ['channels first, one at a time', [1, 1, 2, 2], 'DT_FLOAT', { inputLayout: 'channelsFirst' }, [0, 51, 102, 255]],
  ] as const)('gives it pictures %s', async (_, shape, dtype, facts, wanted) => {
    const type = dtype === 'DT_UINT8' ? ONNX.uint8 : ONNX.float;
    const rows = { name: 'y', type, shape: [shape[0], 4] };
    const nodes = [{ op: 'Flatten', inputs: ['x'], outputs: [dtype === 'DT_UINT8' ? 'flat' : 'y'] }];
    const graph =
      dtype === 'DT_UINT8'
        ? tinyOnnx(
            [{ name: 'x', type, shape }],
            [{ ...rows, type: ONNX.float }],
            [...nodes, { op: 'CastLike', inputs: ['flat', 'one'], outputs: ['y'] }],
            { one: 1 },
          )
        : tinyOnnx([{ name: 'x', type, shape }], [rows], nodes);
    const signature = {
      ...adder(shape),
      inputs: { x: tensor('x', dtype, shape) },
      outputs: { y: tensor('y', 'DT_FLOAT', [shape[0], 4]) },
    };
    const model = await load(
      { g: graph },
      {
        ...facts,
        labels: ['a', 'b', 'c', 'd'],
        input: { height: 2, width: 2, channels: 1 },
        graphSignatures: { serving_default: signature },
        pictureSignature: { name: 'serving_default', input: 'x', output: 'y' },
      },
    );
    const { probabilities } = await model.predictPictures([Buffer.from('one'), Buffer.from('two')]);
    expect(probabilities).toHaveLength(8);
    for (const [i, value] of probabilities.entries()) expect(value).toBeCloseTo(wanted[i % 4], 6);
    const pixels = await model.predictPixels(Float32Array.of(0, 51, 102, 255), 1);
    for (const [i, value] of pixels.entries()) expect(value).toBeCloseTo(wanted[i], 6);
  });
});
