/** @file What is refused, with the reference's statuses and texts. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyModel } from '../../registry/testing/tiny-model.ts';
import { type ServingFixture, serveFolder } from '../testing/serving-fixture.ts';
import { PICTURE, tfServingClient } from '../testing/tfserving-client.ts';

let fixture: ServingFixture;
beforeAll(async () => {
  fixture = await serveFolder();
  await fixture.registry.publish(tinyModel(), { name: 'digits' });
});
afterAll(() => fixture.close());

const { send, predict } = tfServingClient(() => fixture);

describe('errors', () => {
  const b64 = (text: unknown) => ({ signature_name: 'serving_bytes', instances: [{ b64: text }] });
  it.each<[string, string, unknown, number, string]>([
    ['POST', '/v1/models/digits:predict?x=y', '{}', 400, 'Malformed request: POST /v1/models/digits:predict?x=y'],
    ['POST', '/v1/models/digits:PREDICT', '{}', 400, 'Malformed request: POST /v1/models/digits:PREDICT'],
    ['POST', '/v1/models/digits', '{}', 400, 'Malformed request: POST /v1/models/digits'],
    ['GET', '/v1/models/digits:predict', '', 400, 'Malformed request: GET /v1/models/digits:predict'],
    ['GET', '/v1/models/digits/versions/x', '', 400, 'Malformed request: GET /v1/models/digits/versions/x'],
    ['PUT', '/v1/models/digits', '', 400, 'Malformed request: PUT /v1/models/digits'],
    ['DELETE', '/v1/other', '', 400, 'Malformed request: DELETE /v1/other'],
    ['GET', '/v1/models/versions/1', '', 400, 'Missing model name in request.'],
    ['GET', '/v1/models/nothing', '', 404, 'Could not find any versions of model nothing'],
    ['GET', '/v1/models/nothing?x=1', '', 404, 'Could not find any versions of model nothing?x=1'],
    ['GET', '/v1/models/a%2Fb%zz', '', 404, 'Could not find any versions of model a/b%zz'],
    ['GET', '/v1/models/digits/versions/9', '', 404, 'Could not find version 9 of model digits'],
    [
      'GET',
      '/v1/models/digits/versions/9223372036854775807',
      '',
      404,
      'Could not find version 9223372036854775807 of model digits',
    ],
    [
      'GET',
      '/v1/models/digits/versions/9223372036854775808',
      '',
      400,
      'Failed to convert version: 9223372036854775808 to numeric.',
    ],
    ['GET', '/v1/models/nothing/metadata', '', 404, 'Servable not found for request: Latest(nothing)'],
    ['GET', '/v1/models/digits/labels/stable/metadata', '', 400, 'Unrecognized servable version label: stable'],
    ['POST', '/v1/models/nothing:predict', '{"instances":[1]}', 404, 'Servable not found for request: Latest(nothing)'],
    [
      'POST',
      '/v1/models/digits/versions/9:predict',
      '{"instances":[1]}',
      404,
      'Servable not found for request: Specific(digits, 9)',
    ],
    [
      'POST',
      '/v1/models/digits/versions/9223372036854775807:predict',
      '{"instances":[1]}',
      404,
      'Servable not found for request: Specific(digits, 9223372036854775807)',
    ],
    [
      'POST',
      '/v1/models/digits/labels/st%20able:predict',
      '{"instances":[1]}',
      400,
      'Unrecognized servable version label: st able',
    ],
    [
      'POST',
      '/v1/models/nothing:predict',
      '{',
      400,
      'JSON Parse error: Missing a name for object member. at offset: 1',
    ],
    ['POST', '/v1/models/digits:predict', '', 400, 'JSON Parse error: The document is empty'],
    ['POST', '/v1/models/digits:predict', '[1]', 400, 'JSON Value: [\n    1\n] Is not object'],
    [
      'POST',
      '/v1/models/digits:predict',
      { signature_name: 3 },
      400,
      'JSON Value: {\n    "signature_name": 3\n} not formatted correctly. \'signature_name\' key must be a string value.',
    ],
    [
      'POST',
      '/v1/models/digits:predict',
      { signature_name: 'toString', instances: [1] },
      400,
      'Serving signature name: "toString" not found in signature def',
    ],
    [
      'POST',
      '/v1/models/digits:predict',
      { inputs: 1, instances: 2 },
      400,
      'JSON Value: {\n    "inputs": 1,\n    "instances": 2\n} Not formatted correctly expecting only one of \'inputs\' or \'instances\' keys to exist ',
    ],
    ['POST', '/v1/models/digits:predict', {}, 400, "Missing 'inputs' or 'instances' key"],
    [
      'POST',
      '/v1/models/digits:predict',
      { instances: 1 },
      400,
      'JSON Value: {\n    "instances": 1\n} Expecting \'instances\' to be an list/array',
    ],
    [
      'POST',
      '/v1/models/digits:predict',
      { instances: [] },
      400,
      'JSON Value: {\n    "instances": []\n} No values in \'instances\' array',
    ],
    [
      'POST',
      '/v1/models/digits:predict',
      { instances: [{ input_tensor: PICTURE }, [1]] },
      400,
      'Expecting object but got list at item 1 of input list',
    ],
    [
      'POST',
      '/v1/models/digits:predict',
      { instances: [[1], {}] },
      400,
      'Expecting value/list but got object at item 1 of input list',
    ],
    [
      'POST',
      '/v1/models/digits:predict',
      { instances: [{}] },
      400,
      "Failed to process element: 0 of 'instances' list. JSON object: {} keys must be equal to: input_tensor",
    ],
    [
      'POST',
      '/v1/models/digits:predict',
      { instances: [{ x: 1 }] },
      400,
      "Failed to process element: 0 key: x of 'instances' list. Error: INVALID_ARGUMENT: JSON object: does not have named input: x",
    ],
    [
      'POST',
      '/v1/models/digits:predict',
      { instances: [[1, 2], [3]] },
      400,
      "Failed to process element: 1 of 'instances' list. Error: INVALID_ARGUMENT: Expecting tensor size: 2 but got: 1",
    ],
    [
      'POST',
      '/v1/models/digits:predict',
      { instances: [[[1, 2]], [[3], [4]]] },
      400,
      "Failed to process element: 1 of 'instances' list. Error: INVALID_ARGUMENT: Expecting shape [1,2] but got: [2,1]",
    ],
    [
      'POST',
      '/v1/models/digits:predict',
      { instances: [[[1, 2], [3]]] },
      400,
      "Failed to process element: 0 of 'instances' list. Error: INVALID_ARGUMENT: Encountered list at unexpected size: 1 at level: 1 expected size: 2",
    ],
    [
      'POST',
      '/v1/models/digits:predict',
      { instances: [[[1], 2]] },
      400,
      "Failed to process element: 0 of 'instances' list. Error: INVALID_ARGUMENT: JSON Value: 2 found at incorrect level: 2 in the JSON DOM. Expected at level: 2",
    ],
    [
      'POST',
      '/v1/models/digits:predict',
      { instances: [[1, [2]]] },
      400,
      "Failed to process element: 0 of 'instances' list. Error: INVALID_ARGUMENT: Encountered list at unexpected level: 1 expected < 1",
    ],
    [
      'POST',
      '/v1/models/digits:predict',
      { instances: [['x']] },
      400,
      'Failed to process element: 0 of \'instances\' list. Error: INVALID_ARGUMENT: JSON Value: "x" Type: String is not of expected type: float',
    ],
    [
      'POST',
      '/v1/models/digits:predict',
      { instances: [[null]] },
      400,
      "Failed to process element: 0 of 'instances' list. Error: INVALID_ARGUMENT: JSON Value: null Type: Null is not of expected type: float",
    ],
    [
      'POST',
      '/v1/models/digits:predict',
      { inputs: { x: 1 } },
      400,
      "Missing named input: input_tensor in 'inputs' object.",
    ],
    [
      'POST',
      '/v1/models/digits:predict',
      { instances: [[1, 2, 3, 4]] },
      400,
      'Input tensor input_tensor has shape [1,4], but the signature expects [-1,2,2,1]',
    ],
    [
      'POST',
      '/v1/models/digits:predict',
      b64('%%%'),
      400,
      "Failed to process element: 0 of 'instances' list. Error: INVALID_ARGUMENT: Unable to base64 decode",
    ],
    [
      'POST',
      '/v1/models/digits:predict',
      b64('abcd_-'),
      400,
      "Failed to process element: 0 of 'instances' list. Error: INVALID_ARGUMENT: Unable to base64 decode",
    ],
    [
      'POST',
      '/v1/models/digits:predict',
      { signature_name: 'serving_bytes', inputs: [{ b64: 1 }] },
      400,
      'JSON Value: {\n    "b64": 1\n} not formatted correctly for base64 data',
    ],
    [
      'POST',
      '/v1/models/digits:predict',
      { signature_name: 'serving_bytes', instances: [7] },
      400,
      "Failed to process element: 0 of 'instances' list. Error: INVALID_ARGUMENT: JSON Value: 7 Type: Number is not of expected type: string",
    ],
    [
      'POST',
      '/v1/models/digits:classify',
      {},
      400,
      "JSON Value: {} When method is classify, key 'examples' is expected and was not found",
    ],
    [
      'POST',
      '/v1/models/digits:regress',
      { examples: [] },
      400,
      'JSON Value: {\n    "examples": []\n} \'examples\' value is an empty array',
    ],
    [
      'POST',
      '/v1/models/digits:regress',
      { examples: [{ x: 1 }] },
      400,
      'No regression inputs found in SignatureDef: input_tensor',
    ],
    ['OPTIONS', '/v1/models/digits', '', 400, 'Origin header is missing in CORS preflight'],
  ])('%s %s %j', async (method, path, body, status, error) => {
    const answer = await send(method, path, typeof body === 'string' ? body : JSON.stringify(body));
    expect([answer.status, JSON.parse(answer.body)]).toEqual([status, { error }]);
    expect(answer.headers['content-type']).toBe('application/json');
  });

  it('says what is wrong with a picture', async () => {
    const { status, body } = await predict(b64(Buffer.from('no picture').toString('base64')));
    expect(status).toBe(400);
    expect(JSON.parse(body).error).toMatch(/image_bytes_string/);
  });

  it('does not allocate what a first row only promises', async () => {
    const row = new Array(100_000).fill(1);
    const { status, body } = await predict({ instances: [[row, ...new Array(200_000).fill([])]] });
    expect([status, JSON.parse(body).error]).toEqual([
      400,
      "Failed to process element: 0 of 'instances' list. Error: INVALID_ARGUMENT: Encountered list at unexpected size: 0 at level: 1 expected size: 100000",
    ]);
  });

  it('takes no more strings than memory has room for', async () => {
    const body = { signature_name: 'serving_bytes', instances: new Array(100_001).fill('') };
    const { status, body: text } = await predict(body);
    expect([status, JSON.parse(text).error]).toEqual([400, expect.stringMatching('More than 100000 strings')]);
  });

  it('answers a preflight', async () => {
    expect((await send('OPTIONS', '/v1/models/digits', '', { origin: 'http://x' })).status).toBe(200);
  });
});
