/** @file TensorFlow Serving's own example models answer as its own tests expect, over REST. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importModel } from '../../formats/index.ts';
import { type ServingFixture, serveFolder } from '../testing/serving-fixture.ts';
import { tfServingClient } from '../testing/tfserving-client.ts';

const data = process.env.PICTOR_DATA ?? '';
const models = path.join(data, 'models', 'savedmodel');

describe.skipIf(!existsSync(models))('half plus', () => {
  let fixture: ServingFixture;
  const { send } = tfServingClient(() => fixture);
  const post = async (call: string, body: object | string) => {
    const { status, body: text } = await send(
      'POST',
      `/v1/models/${call}`,
      typeof body === 'string' ? body : JSON.stringify(body),
    );
    return [status, JSON.parse(text)];
  };

  beforeAll(async () => {
    fixture = await serveFolder();
    for (const [name, folder] of [
      ['two', 'saved_model_half_plus_two_2_versions/00000123'],
      ['two_tf2', 'saved_model_half_plus_two_tf2_cpu/00000123'],
      ['three', 'saved_model_half_plus_three/00000123'],
    ]) {
      const imported = await importModel(path.join(models, folder));
      await fixture.registry.publishImported(imported, { name, file: folder });
    }
  });
  afterAll(() => fixture?.close());

  // Source: tensorflow_model_server_test.py and http_rest_api_handler_test.cc.
  it.each(['two', 'two_tf2'])('%s predicts rows and columns', async (name) => {
    expect(await post(`${name}:predict`, { instances: [2.0, 3.0, 4.0] })).toEqual([
      200,
      { predictions: [3.0, 3.5, 4.0] },
    ]);
    expect(await post(`${name}:predict`, { inputs: [2.0, 3.0, 4.0] })).toEqual([200, { outputs: [3.0, 3.5, 4.0] }]);
    expect(await post(`${name}:predict`, { instances: [1.0, 2.0] })).toEqual([200, { predictions: [2.5, 3.0] }]);
    expect(await post(`${name}:predict`, { instances: [{ x: 1.0 }, { x: 2.0 }] })).toEqual([
      200,
      { predictions: [2.5, 3.0] },
    ]);
    expect((await send('POST', `/v1/models/${name}:predict`, '{"instances":[1,2,5]}')).body).toBe(
      '{\n    "predictions": [2.5, 3.0, 4.5\n    ]\n}',
    );
  });

  it.each(['two', 'two_tf2'])('%s takes lists in lists, as TensorFlow does', async (name) => {
    const nested = [
      [1.0, 2.0],
      [3.0, 4.0],
    ];
    expect(await post(`${name}:predict`, { instances: nested })).toEqual([
      200,
      {
        predictions: [
          [2.5, 3.0],
          [3.5, 4.0],
        ],
      },
    ]);
  });

  it.each(['two', 'two_tf2'])('%s classifies and regresses', async (name) => {
    const classify = '{"signature_name":"classify_x_to_y","examples":[{"x":20.0}]}';
    expect(await post(`${name}:classify`, classify)).toEqual([200, { results: [[['', 12.0]]] }]);
    const regress = '{"signature_name":"regress_x_to_y","examples":[{"x":80.0},{"x":[2.0]}]}';
    expect(await post(`${name}:regress`, regress)).toEqual([200, { results: [42.0, 3.0] }]);
    const context = '{"signature_name":"regress_x_to_y","context":{"x":80.0},"examples":[{},{"x":2.0}]}';
    expect(await post(`${name}:regress`, context)).toEqual([200, { results: [42.0, 3.0] }]);
  });

  it("tell what TensorFlow's parser says of features of another type", async () => {
    const [status, { error }] = await post('two:regress', '{"signature_name":"regress_x_to_y","examples":[{"x":80}]}');
    expect([status, error]).toEqual([
      400,
      "Name: <unknown>, Key: x, Index: 0.  Data types don't match. Expected type: float but got type: int64",
    ]);
  });

  it('half_plus_three is three', async () => {
    expect(await post('three:predict', { instances: [2.0] })).toEqual([200, { predictions: [4.0] }]);
  });

  it('metadata keeps the names of the file', async () => {
    const { body } = await send('GET', '/v1/models/two/metadata');
    const { serving_default: found } = JSON.parse(body).metadata.signature_def.signature_def;
    expect(found).toMatchObject({
      inputs: { x: { dtype: 'DT_FLOAT', name: 'x:0' } },
      outputs: { y: { dtype: 'DT_FLOAT', name: 'y:0' } },
      method_name: 'tensorflow/serving/predict',
    });
  });
});
