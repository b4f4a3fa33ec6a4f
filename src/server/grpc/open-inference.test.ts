/** @file The Open Inference Protocol over gRPC. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inference, serving } from '../../proto/index.ts';
import { tinyModel, tinyProbabilities } from '../../registry/testing/tiny-model.ts';
import { halfPlusTwo, mirror } from '../../serving/testing/graph-models.ts';
import { until } from '../../serving/testing/serving-fixture.ts';
import { type GrpcFixture, serveGrpc } from '../testing/grpc-fixture.ts';

const { method } = inference.GRPCInferenceService;
const { INVALID_ARGUMENT, NOT_FOUND } = serving.STATUS_CODES;

let server: GrpcFixture;

beforeAll(async () => {
  server = await serveGrpc();
  const { registry, predictor } = server;
  await registry.publishImported(halfPlusTwo(), { name: 'half', file: 'half' });
  await registry.publishImported(mirror(), { name: 'mirror', file: 'mirror' });
  await registry.publish(tinyModel(), { name: 'digits' });
  await until(async () => (await predictor.status('digits'))[0]?.state === 'AVAILABLE');
  for (const name of ['half', 'mirror']) await predictor.use({ name }, async () => {});
});
afterAll(() => server.stop());

const little = (...values: number[]) => new Uint8Array(new Float32Array(values).buffer);
const fp32 = (name: string, ...shape: bigint[]) => ({ name, datatype: 'FP32', shape });
const text = (value: string) => ({ parameterChoice: { case: 'stringParam', value } as const });

describe('ModelInfer', () => {
  it('answers lists for lists', async () => {
    const answer = await server.call(method.modelInfer, {
      modelName: 'half',
      id: '42',
      inputs: [{ ...fp32('x', 3n, 1n), contents: { fp32Contents: [1, 2, 5] } }],
    });
    expect(answer).toMatchObject({ modelName: 'half', modelVersion: '1', id: '42', rawOutputContents: [] });
    expect(answer.outputs).toMatchObject([{ ...fp32('y', 3n, 1n), contents: { fp32Contents: [2.5, 3, 4.5] } }]);
  });

  it('answers raw bytes for raw bytes', async () => {
    const { outputs, rawOutputContents } = await server.call(method.modelInfer, {
      modelName: 'half',
      modelVersion: '1',
      parameters: { signature_name: text('both') },
      inputs: [fp32('x', 1n, 1n)],
      outputs: [{ name: 'y3' }, { name: 'y' }],
      rawInputContents: [little(1)],
    });
    expect(outputs.map(({ name, contents }) => [name, contents])).toEqual([
      ['y3', undefined],
      ['y', undefined],
    ]);
    expect(rawOutputContents).toEqual([little(3.5), little(2.5)]);
  });

  it.each([
    ['DT_BOOL', 'BOOL', { boolContents: [true, false] }],
    ['DT_INT8', 'INT8', { intContents: [-128, 127] }],
    ['DT_INT16', 'INT16', { intContents: [-32768, 32767] }],
    ['DT_INT32', 'INT32', { intContents: [-(2 ** 31), 2 ** 31 - 1] }],
    ['DT_INT64', 'INT64', { int64Contents: [-(2n ** 63n), 2n ** 63n - 1n] }],
    ['DT_UINT8', 'UINT8', { uintContents: [0, 255] }],
    ['DT_UINT16', 'UINT16', { uintContents: [0, 65535] }],
    ['DT_UINT32', 'UINT32', { uintContents: [0, 2 ** 32 - 1] }],
    ['DT_UINT64', 'UINT64', { uint64Contents: [0n, 2n ** 64n - 1n] }],
    ['DT_FLOAT', 'FP32', { fp32Contents: [Number.NaN, -1.5] }],
    ['DT_DOUBLE', 'FP64', { fp64Contents: [1e300, -0.1] }],
    ['DT_STRING', 'BYTES', { bytesContents: [new Uint8Array([103, 114, 195, 188, 110]), new Uint8Array()] }],
  ] as const)('%s goes in and comes out', async (signature, datatype, contents) => {
    const { outputs } = await server.call(method.modelInfer, {
      modelName: 'mirror',
      parameters: { signature_name: text(signature) },
      inputs: [
        { name: 'in', datatype, shape: [1n, 2n], contents: contents as unknown as inference.InferTensorContents },
      ],
    });
    expect(outputs).toMatchObject([{ name: 'out', datatype, shape: [1n, 2n], contents }]);
  });

  it('halves only as raw bytes', async () => {
    const request = { modelName: 'mirror', parameters: { signature_name: text('DT_HALF') } };
    const input = { name: 'in', datatype: 'FP16', shape: [1n, 2n] };
    const bytes = new Uint8Array([0, 0x3c, 0, 0xbc]);
    const { rawOutputContents } = await server.call(method.modelInfer, {
      ...request,
      inputs: [input],
      rawInputContents: [bytes],
    });
    expect(rawOutputContents).toEqual([bytes]);
    const { code, details } = await server.failure(method.modelInfer, {
      ...request,
      inputs: [{ ...input, contents: {} }],
    });
    expect([code, details]).toEqual([INVALID_ARGUMENT, expect.stringContaining('raw_input_contents')]);
  });

  it('the best classes', async () => {
    const pixels = [0, 50, 100, 255];
    const { outputs } = await server.call(method.modelInfer, {
      modelName: 'digits',
      inputs: [{ ...fp32('input_tensor', 1n, 2n, 2n, 1n), contents: { fp32Contents: pixels } }],
      outputs: [
        { name: 'output_0', parameters: { classification: { parameterChoice: { case: 'int64Param', value: 2n } } } },
      ],
    });
    const expected = tinyProbabilities(pixels, [0, 1, 2]);
    const texts = outputs[0].contents?.bytesContents.map((bytes) => Buffer.from(bytes).toString());
    expect([outputs[0].datatype, outputs[0].shape]).toEqual(['BYTES', [1n, 2n]]);
    expect(texts).toEqual([2, 1].map((index) => `${expected[index].toFixed(6)}:${index}:${index}`));
  });

  const x = { ...fp32('x', 1n, 1n), contents: { fp32Contents: [1] } };
  it.each([
    ['an unknown model', { modelName: 'm', inputs: [x] }, NOT_FOUND, "Request for unknown model: 'm' is not found"],
    ['no model', {}, NOT_FOUND, "Request for unknown model: '' is not found"],
    [
      'an unknown version',
      { modelName: 'half', modelVersion: '9' },
      NOT_FOUND,
      "Request for unknown model: 'half' version 9 is not found",
    ],
    ['a version that is none', { modelName: 'half', modelVersion: 'x' }, INVALID_ARGUMENT, /version string 'x'/],
    [
      'both forms',
      { modelName: 'half', inputs: [x], rawInputContents: [little(1)] },
      INVALID_ARGUMENT,
      "contents field must not be specified when using raw_input_contents for input 'x' for model 'half'",
    ],
    [
      'raw contents of nothing',
      { modelName: 'half', inputs: [fp32('x', 1n, 1n)], rawInputContents: [little(1), little(1)] },
      INVALID_ARGUMENT,
      "the number of inputs (1) does not match the expected number of raw input contents (2) for model 'half'.",
    ],
    [
      'raw contents of another size',
      { modelName: 'half', inputs: [fp32('x', 1n, 1n)], rawInputContents: [little(1, 2)] },
      INVALID_ARGUMENT,
      /8 bytes of raw data.*make 4/,
    ],
    [
      'another list',
      { modelName: 'half', inputs: [{ ...x, contents: { intContents: [1] } }] },
      INVALID_ARGUMENT,
      "input 'x' has 0 elements in fp32_contents, but its shape makes 1",
    ],
    ['no contents', { modelName: 'half', inputs: [fp32('x', 1n, 1n)] }, INVALID_ARGUMENT, /0 elements/],
    ['a huge shape', { modelName: 'half', inputs: [fp32('x', 2n ** 62n, 0n)] }, INVALID_ARGUMENT, /more than 1024 MiB/],
    ['an input twice', { modelName: 'half', inputs: [x, x] }, INVALID_ARGUMENT, "input 'x' comes twice"],
    [
      'classes that are none',
      { modelName: 'half', inputs: [x], outputs: [{ name: 'y', parameters: { classification: text('many') } }] },
      INVALID_ARGUMENT,
      /'classification'/,
    ],
  ])('%s', async (_, request, code, details) => {
    const failure = await server.failure(method.modelInfer, request);
    expect([failure.code, failure.details]).toEqual([
      code,
      typeof details === 'string' ? details : expect.stringMatching(details),
    ]);
    expect(server.internal).toEqual([]);
  });
});

describe('the other methods', () => {
  it('live, ready', async () => {
    expect((await server.call(method.serverLive, {})).live).toBe(true);
    expect((await server.call(method.serverReady, {})).ready).toBe(true);
    const ready = async (name: string, version = '') => (await server.call(method.modelReady, { name, version })).ready;
    expect([await ready('half'), await ready('half', '1'), await ready('half', '2'), await ready('m')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('metadata', async () => {
    const { name, extensions } = await server.call(method.serverMetadata, {});
    expect([name, extensions.includes('classification')]).toEqual(['pictor', true]);
    expect(await server.call(method.modelMetadata, { name: 'half' })).toMatchObject({
      ...{ name: 'half', versions: ['1'], platform: 'onnx_onnxv1' },
      inputs: [fp32('x', -1n, 1n)],
      outputs: [fp32('y', -1n, 1n)],
      properties: { signatures: 'serving_default,both,regress_x_to_y,regress_x_to_y2,classify_x_to_y' },
    });
    expect((await server.failure(method.modelMetadata, { name: 'm' })).code).toBe(NOT_FOUND);
  });

  it.each([
    ['Triton', (name: string) => ({ modelName: name })],
    ['KServe', (name: string) => ({ repositoryName: name })],
  ])("unload and load as %s' clients name the model", async (_, request) => {
    const state = async () =>
      (await server.call(method.repositoryIndex, {})).models.find(({ name }) => name === 'mirror')?.state;
    expect(await server.call(method.repositoryModelUnload, request('mirror'))).toMatchObject({
      modelName: 'mirror',
      isUnloaded: true,
    });
    expect(await state()).toBe('UNAVAILABLE');
    expect((await server.call(method.repositoryIndex, { ready: true })).models.map(({ name }) => name)).not.toContain(
      'mirror',
    );
    expect(await server.call(method.repositoryModelLoad, request('mirror'))).toMatchObject({
      modelName: 'mirror',
      isLoaded: true,
    });
    expect(await state()).toBe('READY');
    expect((await server.failure(method.repositoryModelLoad, request('m'))).code).toBe(NOT_FOUND);
  });
});
