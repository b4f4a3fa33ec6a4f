import { copyFile, cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onnx } from '../../proto/index.ts';
import { assumptionsOf, importModel } from '../index.ts';
import { labelsIn } from './labels.ts';
import { readOnnx } from './read-onnx.ts';

const fixtures = fileURLToPath(new URL('testing/fixtures', import.meta.url));
const fixture = (name: string) => path.join(fixtures, `${name}.onnx`);
const answers: Record<string, { input: number[]; outputs: Record<string, (number | string)[]> }> = JSON.parse(
  await readFile(path.join(fixtures, 'answers.json'), 'utf8'),
);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pictor-onnx-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const PICTURES = { height: 8, width: 8, channels: 3 };

describe('a model', () => {
  it.each([
    [1, PICTURES, []],
    [16, null, [expect.stringContaining('"serving_default" takes exactly 16 pictures at a time')]],
  ])('that takes %d at a time', async (count, input, warnings) => {
    const model = fromBinary(onnx.ModelProtoSchema, await readFile(fixture('channels-first-13')));
    for (const { type } of [...model.graph!.input, ...model.graph!.output]) {
      if (type?.value.case !== 'tensorType') throw new Error('inputs and outputs are tensors');
      type.value.value.shape!.dim[0].value = { case: 'dimValue', value: BigInt(count) };
    }
    const file = path.join(folder, 'batch.onnx');
    await writeFile(file, toBinary(onnx.ModelProtoSchema, model));
    const read = await readOnnx(file);
    expect(read).toMatchObject({ input, warnings });
    expect(read.signatures.serving_default.inputs.x.shape).toEqual([count, 3, 8, 8]);
    const none = expect.objectContaining({ fact: 'image' });
    expect(assumptionsOf(read, {})).not.toContainEqual(none);
  });

  it.each([
    ['channels-first-7', [2, 3, 8, 8]],
    ['channels-first-13', [2, 3, 8, 8]],
    ['channels-first-23', [2, 3, 8, 8]],
    ['channels-last', [2, 6, 5, 1]],
    ['sklearn', [2, 4]],
    ['half', [2, 2, 2, 1]],
  ])('%s answers as onnx itself does, under its own names', async (name, shape) => {
    const model = await importModel(fixture(name));
    const { inputs, outputs, graph } = model.signatures.serving_default;
    const session = await InferenceSession.create(model.graphs[graph]);
    const [input] = Object.values(inputs);
    const { input: numbers, outputs: expected } = answers[name];
    const isHalf = input.dtype === 'DT_HALF';
    const given = isHalf
      ? new Tensor('float16', Uint16Array.from(numbers), shape)
      : new Tensor('float32', Float32Array.from(numbers), shape);
    const results = await session.run({ [input.node]: given });
    await session.release();
    expect(Object.keys(outputs)).toEqual(Object.keys(expected));
    for (const [alias, values] of Object.entries(expected)) {
      const { data } = results[outputs[alias].node];
      const found = Array.from(
        (isHalf ? new Uint16Array((data as Uint16Array).buffer) : data) as Iterable<number | string>,
      );
      for (const [i, value] of values.entries()) {
        if (typeof value === 'string') expect(found[i]).toBe(value);
        else if (isHalf) expect(Math.abs(Number(found[i]) - value)).toBeLessThanOrEqual(2);
        else expect(found[i]).toBeCloseTo(value, 5);
      }
    }
  });

  it.each([7, 13, 23])('of opset %i tells its pictures, its layers and what it answers', async (opset) => {
    const model = await readOnnx(fixture(`channels-first-${opset}`));
    expect(model).toMatchObject({
      format: 'onnx',
      producer: 'onnx-test 1.0',
      input: PICTURES,
      inputLayout: 'channelsFirst',
      inputRange: null,
      answers: 'probabilities',
      labels: null,
      parameters: 3 * 2 * 9 + 2 + 32 * 4 + 4,
      warnings: [],
    });
    expect(Object.keys(model.signatures.serving_default.inputs)).toEqual(['x']);
    const rows = model.layers.map(({ name, type, outputShape, parameters, flops }) => [
      name,
      type,
      outputShape,
      parameters,
      flops,
    ]);
    expect(rows).toEqual([
      ['conv', 'Conv', [-1, 2, 8, 8], 56, 2 * 128 * 27],
      ['relu', 'Relu', [-1, 2, 8, 8], 0, 128],
      ['pool', 'MaxPool', [-1, 2, 4, 4], 0, 32 * 4],
      ['flatten', 'Flatten', [-1, 32], 0, 0],
      ['gemm', 'Gemm', [-1, 4], 132, 2 * 32 * 4],
      ['softmax', 'Softmax', [-1, 4], 0, 4],
    ]);
  });

  it('with numbers in a file beside it and labels in its notes is taken whole', async () => {
    const model = await readOnnx(fixture('channels-last'));
    expect(model).toMatchObject({
      input: { height: 6, width: 5, channels: 1 },
      inputLayout: 'channelsLast',
      labels: ['cat', 'dog', 'newt'],
      answers: 'logits',
      parameters: 36 + 12 + 3,
    });
    const { graph } = fromBinary(onnx.ModelProtoSchema, model.graphs['model.onnx']);
    expect(
      graph?.initializer.every(({ dataLocation, externalData }) => !dataLocation && externalData.length === 0),
    ).toBe(true);
  });

  it('whose answer is a list of maps gives the tensor in them, and their labels', async () => {
    const model = await readOnnx(fixture('sklearn'));
    expect(model.labels).toEqual(['setosa', 'versicolor', 'virginica']);
    expect(model.signatures.serving_default.outputs).toEqual({
      output_label: { dtype: 'DT_STRING', shape: [-1], tensor: 'output_label', node: 'output_label' },
      output_probability: { dtype: 'DT_FLOAT', shape: [-1, 3], tensor: 'output_probability', node: 'probabilities' },
    });
    expect(model.input).toBeNull();
  });

  it('of half precision keeps its types', async () => {
    const { inputs, outputs } = (await readOnnx(fixture('half'))).signatures.serving_default;
    expect([inputs.x.dtype, outputs.y.dtype]).toEqual(['DT_HALF', 'DT_HALF']);
  });
});

describe('is refused', () => {
  const changed = async (change: (model: onnx.ModelProto) => void, base = 'channels-first-13', image = {}) => {
    const model = fromBinary(onnx.ModelProtoSchema, await readFile(fixture(base)));
    change(model);
    const file = path.join(folder, 'changed.onnx');
    await writeFile(file, toBinary(onnx.ModelProtoSchema, model));
    return readOnnx(file, { image });
  };

  it('what is empty, cut off anywhere, or has a byte too few in a weight', async () => {
    const bytes = await readFile(fixture('channels-first-13'));
    const file = path.join(folder, 'cut.onnx');
    for (const length of [0, 1, 7, 50, 200, 600, bytes.length - 1]) {
      await writeFile(file, bytes.subarray(0, length));
      await expect(readOnnx(file), `${length} bytes`).rejects.toMatchObject({ code: 'model_file_invalid' });
    }
    await expect(
      changed(({ graph }) => {
        graph!.initializer[0].rawData = graph!.initializer[0].rawData!.subarray(4);
      }),
    ).rejects.toMatchObject({
      code: 'model_file_invalid',
      message: /"k" has 53 numbers; its shape \[2, 3, 3, 3\] needs 54/,
    });
  });

  it.each([
    ['2 GB of numbers that are not there', [1n << 29n], /"k" has 54 numbers/],
    ['more numbers than can be counted', [1n << 62n, 1n << 62n], /has the shape \[4611686018427387904, /],
    ['a negative size', [-2n, 27n], /has the shape \[-2, 27\]/],
  ])('a tensor with %s', async (_, dims, message) => {
    await expect(
      changed(({ graph }) => {
        graph!.initializer[0].dims = dims;
      }),
    ).rejects.toMatchObject({ code: 'model_file_invalid', message });
  });

  it('a graph that cannot be run with pictures of the size that was told', async () => {
    const open = ({ graph }: onnx.ModelProto): void => {
      const { value } = graph!.input[0].type!;
      if (value.case !== 'tensorType') throw new Error('the input is a tensor');
      for (const dim of value.value.shape!.dim.slice(2)) dim.value = { case: 'dimParam', value: 'side' };
    };
    expect((await changed(open, 'channels-first-13', PICTURES)).input).toEqual(PICTURES);
    const reading = changed(open, 'channels-first-13', { ...PICTURES, height: 12, width: 12 });
    await expect(reading).rejects.toMatchObject({
      code: 'model_unsupported',
      message: /its operator Gemm \(".*"\) cannot be run/,
    });
  });

  it('operators that the runtime does not know, by their names', async () => {
    const unknown = changed(({ graph }) => {
      graph!.node[1].opType = 'Frobnicate';
    });
    await expect(unknown).rejects.toMatchObject({ code: 'model_unsupported', message: /operator Frobnicate/ });
    const foreign = changed(({ graph, opsetImport }) => {
      Object.assign(graph!.node[1], { opType: 'MyRelu', domain: 'my.company' });
      opsetImport.push(create(onnx.OperatorSetIdProtoSchema, { domain: 'my.company', version: 1n }));
    });
    await expect(foreign).rejects.toMatchObject({ code: 'model_unsupported', message: /my.company.MyRelu/ });
    const old = changed(({ opsetImport }) => {
      opsetImport[0].version = 6n;
    });
    await expect(old).rejects.toMatchObject({ code: 'model_unsupported', message: /uses opset 6/ });
    const future = changed(({ opsetImport }) => {
      opsetImport[0].version = 999n;
    });
    await expect(future).rejects.toMatchObject({ code: 'model_unsupported', message: /opset is newer/ });
  });

  it.each([
    ['../secret.data', /outside of its folder/],
    ['/etc/passwd', /outside of its folder/],
    ['C:\\x', /outside of its folder/],
    ['', /outside of its folder/],
    ['missing.data', /not beside it/],
    ['link.data', /a link to another folder/],
    ['.', /no file/],
  ])('numbers in %j', async (location, message) => {
    await symlink('/etc/hostname', path.join(folder, 'link.data')).catch(() => {});
    const reading = changed(({ graph }) => {
      const entry = graph!.initializer[0].externalData.find(({ key }) => key === 'location')!;
      entry.value = location;
    }, 'channels-last');
    await expect(reading).rejects.toMatchObject({ code: 'model_file_invalid', message });
  });

  it('numbers outside of the file beside it', async () => {
    await copyFile(path.join(fixtures, 'channels-last.data'), path.join(folder, 'channels-last.data'));
    const reading = changed(({ graph }) => {
      graph!.initializer[0].externalData.find(({ key }) => key === 'length')!.value = '2147483648';
    }, 'channels-last');
    await expect(reading).rejects.toMatchObject({
      code: 'model_file_invalid',
      message: /lies outside of channels-last.data/,
    });
    await cp(fixtures, path.join(folder, 'whole'), { recursive: true });
    expect((await importModel(path.join(folder, 'whole/channels-last.onnx'))).parameters).toBe(51);
  });
});

it.each([
  ['["a","b"]', ['a', 'b']],
  ['{"0": "a", "1": "b"}', ['a', 'b']],
  ["{0: 'a', 1: 'b'}", ['a', 'b']],
  ['[1, 2]', ['1', '2']],
  ['a, b,c', ['a', 'b', 'c']],
  ['a\nb\n', ['a', 'b']],
  ['{"0": "a", "2": "b"}', null],
  ['{"0": {}}', null],
  ['[', null],
  ['', null],
])('labels written as %j are %j', (text, labels) => {
  expect(labelsIn(new Map([['names', text]]))).toEqual(labels);
});
