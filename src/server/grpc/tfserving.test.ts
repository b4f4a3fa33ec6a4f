/** @file TensorFlow Serving's services, over the wire: answers, and every row of the reference's table of errors. */
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATA_TYPE_NUMBERS, serving, tf } from '../../proto/index.ts';
import { tinyModel, tinyProbabilities } from '../../registry/testing/tiny-model.ts';
import { tensorOfProto } from '../../serving/tensors/tensor-proto.ts';
import { GRAPH_TYPES, halfPlusTwo, mirror } from '../../serving/testing/graph-models.ts';
import { greyPng } from '../../serving/testing/serving-fixture.ts';
import { type GrpcFixture, serveGrpc } from '../testing/grpc-fixture.ts';

const { method: prediction } = serving.PredictionService;
const { method: models } = serving.ModelService;
const { INVALID_ARGUMENT, NOT_FOUND, FAILED_PRECONDITION, UNIMPLEMENTED } = serving.STATUS_CODES;
const { DT_FLOAT, DT_STRING, DT_INT32 } = DATA_TYPE_NUMBERS;

let server: GrpcFixture;

beforeAll(async () => {
  server = await serveGrpc();
  const { registry } = server;
  await registry.publishImported(halfPlusTwo(), { name: 'half', file: 'half' });
  await registry.publishImported(mirror(), { name: 'mirror', file: 'mirror' });
  await registry.publish(tinyModel(), { name: 'digits' });
});
afterAll(() => server.stop());

const dims = (...sizes: number[]) => ({ dim: sizes.map((size) => ({ size: BigInt(size) })) });
const floats = (values: number[], ...sizes: number[]) => ({
  dtype: DT_FLOAT,
  tensorShape: dims(...(sizes.length > 0 ? sizes : [values.length, 1])),
  floatVal: values,
});
const half = { name: 'half' };
const version = (value: bigint) => ({ case: 'version', value: { value } }) as const;
const label = (value: string) => ({ case: 'versionLabel', value }) as const;
const floatFeature = (value: number) =>
  create(tf.FeatureSchema, { kind: { case: 'floatList', value: { value: [value] } } });
const example = (features: Record<string, number>) =>
  create(tf.ExampleSchema, {
    features: {
      feature: Object.fromEntries(Object.entries(features).map(([key, value]) => [key, floatFeature(value)])),
    },
  });
const examples = (...values: number[]): MessageInitShape<typeof serving.InputSchema> => ({
  kind: { case: 'exampleList', value: { examples: values.map((x) => example({ x })) } },
});
const answered = (signatureName: string, name = 'half') => ({ name, versionChoice: version(1n), signatureName });

describe('Predict', () => {
  it('answers all outputs, with the version and the signature that were called', async () => {
    const request = { modelSpec: { name: 'half', signatureName: 'both' }, inputs: { x: floats([1, 2, 5]) } };
    const { modelSpec, outputs } = await server.call(prediction.predict, request);
    expect(modelSpec).toMatchObject(answered('both'));
    expect(outputs.y).toMatchObject({ ...floats([2.5, 3, 4.5]), tensorContent: new Uint8Array() });
    expect(outputs.y3).toMatchObject(floats([3.5, 4, 5.5]));
  });

  it('names the default signature, and filters outputs', async () => {
    const { modelSpec } = await server.call(prediction.predict, { modelSpec: half, inputs: { x: floats([1]) } });
    expect(modelSpec).toMatchObject(answered('serving_default'));
    const filtered = await server.call(prediction.predict, {
      modelSpec: { name: 'half', signatureName: 'both', versionChoice: version(1n) },
      inputs: { x: floats([1]) },
      outputFilter: ['y3'],
    });
    expect(Object.keys(filtered.outputs)).toEqual(['y3']);
  });

  it('takes pixels as bytes and pictures as files', async () => {
    const pixels = [0, 50, 100, 255];
    const expected = tinyProbabilities(pixels, [0, 1, 2]);
    const png = await greyPng(pixels, 2);
    const content = new Uint8Array(new Float32Array(pixels).buffer);
    const asTensor = { dtype: DT_FLOAT, tensorShape: dims(1, 2, 2, 1), tensorContent: content };
    const asFile = { dtype: DT_STRING, tensorShape: dims(1), stringVal: [png] };
    for (const [signatureName, inputs] of [
      ['serving_default', { input_tensor: asTensor }],
      ['serving_bytes', { image_bytes_string: asFile }],
    ] as const) {
      const { outputs } = await server.call(prediction.predict, {
        modelSpec: { name: 'digits', signatureName },
        inputs,
      });
      const { floatVal, tensorShape } = outputs.output_0;
      expect(tensorShape).toMatchObject(dims(1, 3));
      for (const [i, value] of floatVal.entries()) expect(value).toBeCloseTo(expected[i], 5);
    }
  });

  it.each(GRAPH_TYPES)('%s goes in and comes out', async (dtype) => {
    const texts = ['', 'grün', 'c', 'd'].map((text) => new Uint8Array(Buffer.from(text)));
    const values = {
      DT_BOOL: { boolVal: [true, false, false, true] },
      DT_STRING: { stringVal: texts },
      DT_HALF: { halfVal: [0x3c00, 0xbc00, 0, 0x7bff] },
      DT_DOUBLE: { doubleVal: [1e300, -0.1, 0, 3] },
      DT_FLOAT: { floatVal: [1.5, -2, Number.NaN, Number.NEGATIVE_INFINITY] },
      DT_INT64: { int64Val: [2n ** 63n - 1n, -(2n ** 63n), 0n, 5n] },
      DT_UINT64: { uint64Val: [2n ** 64n - 1n, 0n, 1n, 5n] },
      DT_UINT32: { uint32Val: [2 ** 32 - 1, 0, 1, 5] },
    } as const;
    const given = dtype in values ? values[dtype as keyof typeof values] : { intVal: [1, 0, 100, 7] };
    const shape = { dtype: DATA_TYPE_NUMBERS[dtype], tensorShape: dims(2, 2) };
    const tensor = create(tf.TensorProtoSchema, { ...shape, ...given } as MessageInitShape<
      typeof tf.TensorProtoSchema
    >);
    const modelSpec = { name: 'mirror', signatureName: dtype };
    const { outputs } = await server.call(prediction.predict, { modelSpec, inputs: { in: tensor } });
    expect(tensorOfProto(outputs.out)).toEqual(tensorOfProto(tensor));
    expect(outputs.out).toEqual(tensor);
  });

  const x = floats([1]);
  it.each([
    ['no spec', {}, INVALID_ARGUMENT, 'Missing ModelSpec'],
    ['no name', { modelSpec: {} }, INVALID_ARGUMENT, 'ModelSpec has no name specified.'],
    ['an unknown model', { modelSpec: { name: 'm' } }, NOT_FOUND, 'Servable not found for request: Latest(m)'],
    [
      'an unknown version',
      { modelSpec: { name: 'half', versionChoice: version(9n) } },
      NOT_FOUND,
      'Servable not found for request: Specific(half, 9)',
    ],
    [
      'a version beyond 2^53',
      { modelSpec: { name: 'half', versionChoice: version(2n ** 63n - 1n) } },
      NOT_FOUND,
      'Servable not found for request: Specific(half, 9223372036854775807)',
    ],
    [
      'a version below 0',
      { modelSpec: { name: 'half', versionChoice: version(-1n) } },
      NOT_FOUND,
      'Servable not found for request: Specific(half, -1)',
    ],
    [
      'a version of an unknown model',
      { modelSpec: { name: 'm', versionChoice: version(9n) } },
      NOT_FOUND,
      'Servable not found for request: Specific(m, 9)',
    ],
    [
      'an unknown label',
      { modelSpec: { name: 'half', versionChoice: label('x') } },
      INVALID_ARGUMENT,
      'Unrecognized servable version label: x',
    ],
    [
      'an unknown signature',
      { modelSpec: { name: 'half', signatureName: 'x' }, inputs: { x } },
      FAILED_PRECONDITION,
      'Serving signature key "x" not found.',
    ],
    [
      'too many inputs',
      { modelSpec: half, inputs: { x, b: x } },
      INVALID_ARGUMENT,
      'input size does not match signature: 2!=1 len({b,x}) != len({x}). Sent extra: {b}. Missing but required: {}.',
    ],
    [
      'no inputs',
      { modelSpec: half },
      INVALID_ARGUMENT,
      'input size does not match signature: 0!=1 len({}) != len({x}). Sent extra: {}. Missing but required: {x}.',
    ],
    [
      'another input',
      { modelSpec: half, inputs: { b: x } },
      INVALID_ARGUMENT,
      'input tensor alias not found in signature: b. Inputs expected to be in the set {x}.',
    ],
    [
      'an unknown output',
      { modelSpec: { name: 'half', signatureName: 'both' }, inputs: { x }, outputFilter: ['z'] },
      INVALID_ARGUMENT,
      'output tensor alias not found in signature: z Outputs expected to be in the set {y,y3}.',
    ],
    [
      'an output twice',
      { modelSpec: { name: 'half', signatureName: 'both' }, inputs: { x }, outputFilter: ['y', 'y'] },
      INVALID_ARGUMENT,
      'duplicate output tensor alias: y',
    ],
    [
      'no tensor',
      { modelSpec: half, inputs: { x: { dtype: DT_FLOAT, tensorShape: dims(2), tensorContent: new Uint8Array(3) } } },
      INVALID_ARGUMENT,
      'tensor parsing error: x: tensor_content has 3 bytes, expected 8',
    ],
    [
      'another type',
      { modelSpec: half, inputs: { x: { dtype: DT_INT32, tensorShape: dims(1, 1), intVal: [1] } } },
      INVALID_ARGUMENT,
      /DT_INT32/,
    ],
    [
      'another shape',
      { modelSpec: { name: 'digits' }, inputs: { input_tensor: floats([1, 2], 1, 2) } },
      INVALID_ARGUMENT,
      /\[-1, ?2, ?2, ?1\]/,
    ],
    [
      'no picture',
      {
        modelSpec: { name: 'digits', signatureName: 'serving_bytes' },
        inputs: { image_bytes_string: { dtype: DT_STRING, tensorShape: dims(1), stringVal: [new Uint8Array(9)] } },
      },
      INVALID_ARGUMENT,
      /no picture/,
    ],
  ])('%s', async (_, request, code, text) => {
    const { code: told, details } = await server.failure(prediction.predict, request);
    expect([told, details]).toEqual([code, typeof text === 'string' ? text : expect.stringMatching(text)]);
  });

  it('cuts long texts', async () => {
    const { details } = await server.failure(prediction.predict, { modelSpec: { name: 'm'.repeat(5000) } });
    expect(details).toMatch(/^Servable not found for request: Latest\(m{900,}\.\.\.TRUNCATED$/);
    expect(details.length).toBe(1024 + '...TRUNCATED'.length);
  });
});

describe('Classify and Regress', () => {
  it('classes have a score each; without labels, their text is empty', async () => {
    const request = { modelSpec: { name: 'half', signatureName: 'classify_x_to_y' }, input: examples(2, 20) };
    const { result, modelSpec } = await server.call(prediction.classify, request);
    expect(modelSpec).toMatchObject(answered('classify_x_to_y'));
    expect(result?.classifications.map(({ classes }) => classes)).toMatchObject([
      [{ label: '', score: 3 }],
      [{ label: '', score: 12 }],
    ]);
  });

  it('pictures in examples are classified by trained models', async () => {
    const pixels = [0, 50, 100, 255];
    const value = [await greyPng(pixels, 2)];
    const picture = create(tf.FeatureSchema, { kind: { case: 'bytesList', value: { value } } });
    const features = { feature: { 'image/encoded': picture } };
    const { result } = await server.call(prediction.classify, {
      modelSpec: { name: 'digits', signatureName: 'classify' },
      input: { kind: { case: 'exampleList', value: { examples: [{ features }] } } },
    });
    const [{ classes }] = result?.classifications ?? [];
    expect(classes.map((each) => each.label)).toEqual(['0', '1', '2']);
    for (const [i, value] of tinyProbabilities(pixels, [0, 1, 2]).entries()) {
      expect(classes[i].score).toBeCloseTo(value, 5);
    }
  });

  it('a number for every example', async () => {
    const request = { modelSpec: { name: 'half', signatureName: 'regress_x_to_y' }, input: examples(2, 80) };
    const { result, modelSpec } = await server.call(prediction.regress, request);
    expect(modelSpec).toMatchObject(answered('regress_x_to_y'));
    expect(result?.regressions.map(({ value }) => value)).toEqual([3, 42]);
  });

  it('the context is in every example that does not say otherwise', async () => {
    const list = { examples: [example({ x: 80 }), example({ other: 1 })], context: example({ x: 2 }) };
    const { result } = await server.call(prediction.regress, {
      modelSpec: { name: 'half', signatureName: 'regress_x_to_y' },
      input: { kind: { case: 'exampleListWithContext', value: list } },
    });
    expect(result?.regressions.map(({ value }) => value)).toEqual([42, 3]);
  });

  const input = examples(2);
  it.each([
    ['no spec', {}, INVALID_ARGUMENT, 'Missing ModelSpec'],
    [
      'an unknown signature',
      { modelSpec: { name: 'half', signatureName: 'x' }, input },
      INVALID_ARGUMENT,
      'No signature was found with the name: x',
    ],
    ['no examples', { modelSpec: half }, INVALID_ARGUMENT, 'Input is empty.'],
    ['an empty list', { modelSpec: half, input: examples() }, INVALID_ARGUMENT, 'Input is empty.'],
    ['an unknown model', { modelSpec: { name: 'm' }, input }, NOT_FOUND, 'Servable not found for request: Latest(m)'],
    [
      'an unknown label',
      { modelSpec: { name: 'half', versionChoice: label('x') }, input },
      INVALID_ARGUMENT,
      'Unrecognized servable version label: x',
    ],
  ])('%s', async (_, request, code, text) => {
    for (const method of [prediction.classify, prediction.regress]) {
      const { code: told, details } = await server.failure(method, request);
      expect([told, details]).toEqual([code, text]);
    }
  });

  it.each([
    ['classify', 'serving_default', 'No classification inputs found in SignatureDef: x'],
    ['classify', 'both', 'No classification inputs found in SignatureDef: x'],
    [
      'classify',
      'regress_x_to_y',
      /^Expected classification signature outputs to contain at least one of "classes" or "scores"/,
    ],
    ['regress', 'both', 'Expected one output Tensor.'],
    ['regress', 'serving_default', 'No regression inputs found in SignatureDef: x'],
    ['regress', 'classify_x_to_y', 'No regression outputs found in SignatureDef: scores'],
  ] as const)('%s with signature %s', async (method, signatureName, text) => {
    const { code, details } = await server.failure(prediction[method], {
      modelSpec: { name: 'half', signatureName },
      input,
    });
    expect([code, details]).toEqual([INVALID_ARGUMENT, typeof text === 'string' ? text : expect.stringMatching(text)]);
  });

  it('an example without the feature', async () => {
    const list = { case: 'exampleList', value: { examples: [example({ other: 1 })] } };
    const input = { kind: list };
    const request = { modelSpec: { name: 'half', signatureName: 'regress_x_to_y' }, input };
    const { code, details } = await server.failure(prediction.regress, request);
    expect([code, details]).toEqual([INVALID_ARGUMENT, expect.stringContaining('x')]);
  });
});

describe('MultiInference', () => {
  const task = (signatureName: string, methodName: string, name = 'half') => ({
    modelSpec: { name, signatureName },
    methodName: `tensorflow/serving/${methodName}`,
  });

  it('answers every task', async () => {
    const tasks = [
      task('regress_x_to_y', 'regress'),
      task('classify_x_to_y', 'classify'),
      task('regress_x_to_y2', 'regress'),
    ];
    const { results } = await server.call(prediction.multiInference, { tasks, input: examples(2) });
    expect(results.map(({ modelSpec }) => modelSpec)).toMatchObject(
      tasks.map(({ modelSpec }) => answered(modelSpec.signatureName)),
    );
    expect(results.map(({ result }) => result)).toMatchObject([
      { case: 'regressionResult', value: { regressions: [{ value: 3 }] } },
      { case: 'classificationResult', value: { classifications: [{ classes: [{ score: 3 }] }] } },
      { case: 'regressionResult', value: { regressions: [{ value: 4 }] } },
    ]);
  });

  it.each([
    ['no tasks', [], INVALID_ARGUMENT, 'Missing ModelSpec'],
    ['no name', [{ modelSpec: {} }], INVALID_ARGUMENT, 'ModelSpec has no name specified.'],
    ['an unknown model', [task('a', 'regress', 'm')], NOT_FOUND, 'Servable not found for request: Latest(m)'],
    [
      'two models',
      [task('regress_x_to_y', 'regress'), task('classify_x_to_y', 'classify', 'digits')],
      INVALID_ARGUMENT,
      'All ModelSpecs in a MultiInferenceRequest must access the same model name.',
    ],
    [
      'a signature twice',
      [task('regress_x_to_y', 'regress'), task('regress_x_to_y', 'regress')],
      INVALID_ARGUMENT,
      'Duplicate evaluation of signature: regress_x_to_y',
    ],
    [
      'another method',
      [task('regress_x_to_y', 'predict')],
      INVALID_ARGUMENT,
      'Unrecognized signature method_name: tensorflow/serving/predict',
    ],
    ['an unknown signature', [task('a', 'regress')], INVALID_ARGUMENT, 'No signature was found with the name: a'],
  ])('%s', async (_, tasks, code, text) => {
    const { code: told, details } = await server.failure(prediction.multiInference, { tasks, input: examples(2) });
    expect([told, details]).toEqual([code, text]);
  });

  it('no examples', async () => {
    const { details } = await server.failure(prediction.multiInference, { tasks: [task('regress_x_to_y', 'regress')] });
    expect(details).toBe('Input is empty.');
  });
});

describe('GetModelMetadata', () => {
  it('tells every signature in its own names', async () => {
    const { modelSpec, metadata } = await server.call(prediction.getModelMetadata, {
      modelSpec: half,
      metadataField: ['signature_def'],
    });
    expect(modelSpec).toMatchObject(answered(''));
    const { signatureDef } = fromBinary(serving.SignatureDefMapSchema, metadata.signature_def.value);
    expect(Object.keys(signatureDef)).toHaveLength(5);
    expect(signatureDef.regress_x_to_y).toMatchObject({
      methodName: 'tensorflow/serving/regress',
      inputs: { inputs: { encoding: { value: 'tf_example:0' }, dtype: DT_STRING, tensorShape: dims(-1) } },
      outputs: { outputs: { encoding: { value: 'y:0' }, dtype: DT_FLOAT, tensorShape: dims(-1, 1) } },
    });
  });

  it.each([
    ['no spec', {}, INVALID_ARGUMENT, 'Missing ModelSpec'],
    [
      'no field',
      { modelSpec: half },
      INVALID_ARGUMENT,
      'GetModelMetadataRequest must specify at least one metadata_field',
    ],
    ['another field', { modelSpec: half, metadataField: ['x'] }, INVALID_ARGUMENT, 'Metadata field x is not supported'],
    [
      'an unknown model',
      { modelSpec: { name: 'm' }, metadataField: ['signature_def'] },
      NOT_FOUND,
      'Servable not found for request: Latest(m)',
    ],
  ])('%s', async (_, request, code, text) => {
    const { code: told, details } = await server.failure(prediction.getModelMetadata, request);
    expect([told, details]).toEqual([code, text]);
  });
});

describe('GetModelStatus', () => {
  it.each([
    ['all', {}],
    ['one', { versionChoice: version(1n) }],
    ['all, whatever the label', { versionChoice: label('any') }],
  ])('tells of versions: %s', async (_, more) => {
    const { modelVersionStatus } = await server.call(models.getModelStatus, { modelSpec: { name: 'half', ...more } });
    expect(modelVersionStatus).toMatchObject([
      { version: 1n, state: serving.VERSION_STATES.AVAILABLE, status: { errorCode: 0, errorMessage: '' } },
    ]);
  });

  it.each([
    ['no spec', {}, INVALID_ARGUMENT, 'Missing ModelSpec'],
    ['an unknown model', { modelSpec: { name: 'm' } }, NOT_FOUND, 'Could not find any versions of model m'],
    [
      'an unknown version',
      { modelSpec: { name: 'half', versionChoice: version(9n) } },
      NOT_FOUND,
      'Could not find version 9 of model half',
    ],
  ])('%s', async (_, request, code, text) => {
    const { code: told, details } = await server.failure(models.getModelStatus, request);
    expect([told, details]).toEqual([code, text]);
  });
});

describe('HandleReloadConfigRequest', () => {
  const list = { config: { case: 'modelConfigList', value: { config: [] } } } as const;

  it('needs a list', async () => {
    expect(await server.failure(models.handleReloadConfigRequest, { config: {} })).toMatchObject({
      code: INVALID_ARGUMENT,
      details:
        'ServerModelConfig type not supported by HandleReloadConfigRequest. Only ModelConfigList is currently supported',
    });
  });

  it('is refused where there is nothing to configure', async () => {
    const { code, details } = await server.failure(models.handleReloadConfigRequest, { config: list });
    expect([code, details]).toEqual([UNIMPLEMENTED, expect.stringContaining('pictor serve')]);
  });
});

describe('what is no message', () => {
  it.each(['ff', '0a05', '0aff', '08'])('bytes %s are refused by every method', async (hex) => {
    const bytes = new Uint8Array(Buffer.from(hex, 'hex'));
    for (const method of [...serving.PredictionService.methods, ...serving.ModelService.methods]) {
      if (method.methodKind !== 'unary') continue;
      const { code, details } = await server.failure(method, bytes);
      expect([code, details]).toEqual([INVALID_ARGUMENT, expect.stringContaining(method.input.typeName)]);
    }
    expect(server.internal).toEqual([]);
  });

  it('unknown fields are skipped', async () => {
    const request = create(serving.PredictRequestSchema, { modelSpec: half, inputs: { x: floats([1]) } });
    const bytes = new Uint8Array([...toBinary(serving.PredictRequestSchema, request), 0x32, 0x01, 0x41, 0x3a, 0x00]);
    const { outputs } = await server.call(prediction.predict, bytes);
    expect(outputs.y.floatVal).toEqual([2.5]);
  });
});
