/** @file What is answered: states, metadata, predictions, in the reference's form. */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyModel, tinyProbabilities } from '../../registry/testing/tiny-model.ts';
import { greyPng, type ServingFixture, serveFolder, until } from '../testing/serving-fixture.ts';
import { PICTURE, tfServingClient } from '../testing/tfserving-client.ts';

let fixture: ServingFixture;
const bias = [0, 1, 2];

beforeAll(async () => {
  fixture = await serveFolder();
  await fixture.registry.publish(tinyModel({ bias: [9, 0, 0] }), { name: 'digits' });
  await fixture.registry.publish(tinyModel({ bias }), { name: 'digits' });
  // The first version may have been seen, and is served, before the second one is loaded.
  await until(async () => {
    const versions = await fixture.predictor.status('digits');
    return versions.length === 2 && versions.every(({ state }) => state === 'AVAILABLE');
  });
});
afterAll(() => fixture.close());

const { send, predict } = tfServingClient(() => fixture);
const expected = tinyProbabilities([0, 50, 100, 255], bias);

describe("signatures that the network's author chose", () => {
  const input = { height: 2, width: 2, channels: 3 } as const;
  const pixels = [3, 50, 7, 90, 110, 13, 170, 19, 23, 29, 31, 255];
  const nested = [
    [pixels.slice(0, 3), pixels.slice(3, 6)],
    [pixels.slice(6, 9), pixels.slice(9)],
  ];
  const path = '/v1/models/chosen:predict';

  beforeAll(async () => {
    const model = tinyModel({ input, bias, labels: ['low', 'middle', 'high'] });
    const signatures = {
      ask: {
        input: { name: 'photo', kind: 'pixels' },
        outputs: {
          vector: { kind: 'layer', layer: 'flatten' },
          raw: { kind: 'logits' },
          best: { kind: 'topLabels', count: 2 },
          scores: { kind: 'topProbabilities', count: 9 },
        },
      },
      file: { input: { name: 'file', kind: 'pictures' }, outputs: { best: { kind: 'topLabels', count: 1 } } },
    } as const;
    await fixture.registry.publish({ ...model, recipe: { ...model.recipe, signatures } }, { name: 'chosen' });
  });

  it('are described', async () => {
    const { metadata } = JSON.parse((await send('GET', '/v1/models/chosen/metadata')).body);
    const { ask, file, ...others } = metadata.signature_def.signature_def;
    expect(others).toEqual({});
    expect(Object.keys(ask.inputs)).toEqual(['photo']);
    const shape = (name: string) => ask.outputs[name].tensor_shape.dim.map(({ size }: { size: string }) => size);
    expect([shape('vector'), shape('raw'), shape('best'), shape('scores')]).toEqual([
      ['-1', '12'],
      ['-1', '3'],
      ['-1', '2'],
      ['-1', '3'],
    ]);
    expect([ask.outputs.best.dtype, file.inputs.file.dtype]).toEqual(['DT_STRING', 'DT_STRING']);
  });

  it('give layers in the order of Keras, logits and labels, for each picture', async () => {
    const dark = [
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
    ];
    const { status, body } = await predict({ signature_name: 'ask', instances: [nested, dark] }, path);
    expect(status).toBe(200);
    const [first, second] = JSON.parse(body).predictions;
    const probabilities = tinyProbabilities(pixels, bias);
    expect(first.vector).toEqual(pixels);
    expect(first.best).toEqual(['high', 'middle']);
    const mean = pixels.reduce((sum, pixel) => sum + pixel, 0) / 12 / 255;
    for (const [index, logit] of first.raw.entries()) expect(logit).toBeCloseTo(mean * index + bias[index], 5);
    for (const [index, score] of first.scores.entries()) expect(score).toBeCloseTo(probabilities[2 - index], 5);
    expect(second.vector).toEqual(new Array(12).fill(0));
  });

  it('take picture files, and leave no others', async () => {
    const file = { b64: (await greyPng([0, 9, 99, 255], 2)).toString('base64') };
    const { body } = await predict({ signature_name: 'file', inputs: { file: [file] } }, path);
    expect(JSON.parse(body)).toEqual({ outputs: [['high']] });
    expect((await predict({ instances: [nested] }, path)).body).toContain(
      'Serving signature name: \\"serving_default\\" not found',
    );
    const wrong = await predict({ signature_name: 'ask', instances: [[1, 2]] }, path);
    expect(JSON.parse(wrong.body).error).toBe(
      'Input tensor photo has shape [1,2], but the signature expects [-1,2,2,3]',
    );
  });
});

describe('status', () => {
  const version = (number: string) =>
    `  {\n   "version": "${number}",\n   "state": "AVAILABLE",\n   "status": {\n    "error_code": "OK",\n    "error_message": ""\n   }\n  }`;

  it('lists the versions, highest first', async () => {
    await predict({ instances: [PICTURE] });
    const { status, body, headers } = await send('GET', '/v1/models/digits');
    expect(status).toBe(200);
    expect(headers).toEqual({ 'content-type': 'application/json' });
    expect(body).toBe(`{\n "model_version_status": [\n${version('2')},\n${version('1')}\n ]\n}\n`);
  });

  it('tells one version, or all when a label is asked for', async () => {
    expect((await send('GET', '/v1/models/digits/versions/1')).body).toBe(
      `{\n "model_version_status": [\n${version('1')}\n ]\n}\n`,
    );
    const { model_version_status: all } = JSON.parse((await send('GET', '/v1/models/digits/labels/stable')).body);
    expect(all).toHaveLength(2);
  });
});

describe('metadata', () => {
  it('describes all signatures', async () => {
    const { status, body } = await send('GET', '/v1/models/digits/metadata');
    expect(status).toBe(200);
    const dim = (...sizes: number[]) => sizes.map((size) => ({ size: String(size), name: '' }));
    const output_0 = {
      dtype: 'DT_FLOAT',
      tensor_shape: { dim: dim(-1, 3), unknown_rank: false },
      name: expect.stringMatching(/:0$/),
    };
    const texts = { ...output_0, dtype: 'DT_STRING' };
    const signature = (inputs: object) => ({
      inputs,
      outputs: { output_0 },
      method_name: 'tensorflow/serving/predict',
      defaults: {},
    });
    expect(JSON.parse(body)).toEqual({
      model_spec: { name: 'digits', signature_name: '', version: '2' },
      metadata: {
        signature_def: {
          signature_def: {
            serving_default: signature({
              input_tensor: { ...output_0, tensor_shape: { dim: dim(-1, 2, 2, 1), unknown_rank: false } },
            }),
            serving_bytes: signature({
              image_bytes_string: {
                ...output_0,
                dtype: 'DT_STRING',
                tensor_shape: { dim: dim(-1), unknown_rank: false },
              },
            }),
            classify: {
              inputs: { inputs: { ...texts, tensor_shape: { dim: dim(-1), unknown_rank: false } } },
              outputs: { classes: texts, scores: output_0 },
              method_name: 'tensorflow/serving/classify',
              defaults: {},
            },
          },
        },
      },
    });
    expect(JSON.parse((await send('GET', '/v1/models/digits/versions/1/metadata')).body).model_spec.version).toBe('1');
  });
});

describe('predict', () => {
  const close = (got: number[], wanted: number[]) => {
    expect(got).toHaveLength(wanted.length);
    for (const [i, value] of wanted.entries()) expect(got[i]).toBeCloseTo(value, 5);
  };

  it.each([
    ['plain rows', { instances: [PICTURE] }],
    ['named rows', { instances: [{ input_tensor: PICTURE }] }],
    ['the default signature by name', { signature_name: 'serving_default', instances: [PICTURE] }],
    ['an empty signature name', { signature_name: '', instances: [PICTURE] }],
  ])('answers %s', async (_name, body) => {
    const { status, body: text } = await predict(body);
    expect(status).toBe(200);
    close(JSON.parse(text).predictions[0], expected);
    expect(text).toMatch(/^\{\n {4}"predictions": \[\[0\.\d+, 0\.\d+, 0\.\d+\]\n {4}\]\n\}$/);
  });

  it.each([
    ['a list', { inputs: [PICTURE] }],
    ['an object', { inputs: { input_tensor: [PICTURE], other: 1 } }],
  ])('answers columns given as %s', async (_name, body) => {
    const { status, body: text } = await predict(body);
    expect(status).toBe(200);
    close(JSON.parse(text).outputs[0], expected);
    expect(text).toMatch(/^\{\n {4}"outputs": \[\n {8}\[\n {12}0\.\d+,\n/);
  });

  it('answers many rows, more than one batch takes', async () => {
    const instances = Array.from({ length: 100 }, (_, i) => [
      [[i], [i]],
      [[i], [i]],
    ]);
    const { predictions } = JSON.parse((await predict({ instances })).body);
    expect(predictions).toHaveLength(100);
    for (const [i, row] of predictions.entries()) close(row, tinyProbabilities([i], bias));
  });

  it('answers pictures of any size and format', async () => {
    const b64 = (await greyPng([0, 50, 100, 255], 2)).toString('base64');
    const large = (await greyPng(new Array(64).fill(200), 8)).toString('base64');
    const call = (body: object) => predict({ signature_name: 'serving_bytes', ...body });
    const rows = JSON.parse((await call({ instances: [{ b64 }, { b64: large }] })).body).predictions;
    close(rows[0], expected);
    close(rows[1], tinyProbabilities([200], bias));
    const named = JSON.parse(
      (await call({ instances: [{ image_bytes_string: { b64: b64.replace(/=+$/, '') } }] })).body,
    );
    close(named.predictions[0], expected);
    close(JSON.parse((await call({ inputs: { image_bytes_string: [{ b64 }] } })).body).outputs[0], expected);
    close(JSON.parse((await call({ inputs: { b64 } })).body).outputs[0], expected);
  });

  it('calls an old version by number', async () => {
    const { body } = await predict({ instances: [PICTURE] }, '/v1/models/digits/versions/1:predict');
    close(JSON.parse(body).predictions[0], tinyProbabilities([0, 50, 100, 255], [9, 0, 0]));
  });

  it('takes NaN and Infinity in, and gives NaN out', async () => {
    const { status, body } = await predict('{"instances":[[[[NaN],[1]],[[2],[-Infinity]]]]}');
    expect([status, body]).toEqual([200, '{\n    "predictions": [[NaN, NaN, NaN]\n    ]\n}']);
  });

  it('takes compressed bodies, bytes after the end, and the first of duplicate keys', async () => {
    const text = JSON.stringify({ instances: [PICTURE] });
    const zipped = await send('POST', '/v1/models/digits:predict', gzipSync(text), { contentEncoding: 'gzip' });
    close(JSON.parse(zipped.body).predictions[0], expected);
    close(JSON.parse((await predict(`${text} and more`)).body).predictions[0], expected);
    const twice = `{"instances":${JSON.stringify([PICTURE])},"instances":"second"}`;
    close(JSON.parse((await predict(twice)).body).predictions[0], expected);
  });

  it('refuses what inflates to more than 100 MiB, as an empty body', async () => {
    const bomb = gzipSync(Buffer.alloc(101 * 1024 * 1024, ' '));
    expect(bomb.length).toBeLessThan(200_000);
    const { status, body } = await send('POST', '/v1/models/digits:predict', bomb, { contentEncoding: 'gzip' });
    expect([status, JSON.parse(body).error]).toEqual([400, 'JSON Parse error: The document is empty']);
  });
});
