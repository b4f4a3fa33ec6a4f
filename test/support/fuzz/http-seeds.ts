/** @file Requests that are answered, of every protocol over HTTP: what the fuzz test damages. */
export interface HttpSeed {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, or as the bytes that it is. */
  readonly body?: unknown;
}

const pixels = [
  [[0], [50]],
  [[100], [255]],
];
const flat = pixels.flat(2);
const raw = Buffer.from(new Float32Array(flat).buffer);
const input = { name: 'input_tensor', datatype: 'FP32', shape: [1, 2, 2, 1] };
const binaryHead = Buffer.from(JSON.stringify({ inputs: [{ ...input, parameters: { binary_data_size: 16 } }] }));

/** @param png bytes of a small picture */
export function httpSeeds(png: Buffer): readonly HttpSeed[] {
  const b64 = png.toString('base64');
  const tfserving: HttpSeed[] = [
    { method: 'GET', path: '/v1/models' },
    { method: 'GET', path: '/v1/models/digits' },
    { method: 'GET', path: '/v1/models/digits/versions/1/metadata' },
    { method: 'GET', path: '/v1/models/half/labels/stable' },
    { method: 'POST', path: '/v1/models/digits:predict', body: { instances: [pixels] } },
    { method: 'POST', path: '/v1/models/digits:predict', body: { inputs: { input_tensor: [pixels] } } },
    {
      method: 'POST',
      path: '/v1/models/digits:predict',
      body: { signature_name: 'serving_bytes', instances: [{ b64 }] },
    },
    {
      method: 'POST',
      path: '/v1/models/half/versions/1:predict',
      body: { signature_name: 'both', inputs: [[1], [2]] },
    },
    { method: 'POST', path: '/v1/models/mirror:predict', body: { signature_name: 'DT_INT64', inputs: [[1, 2]] } },
    {
      method: 'POST',
      path: '/v1/models/mirror:predict',
      body: { signature_name: 'DT_STRING', inputs: [['a', { b64: 'AA==' }]] },
    },
    {
      method: 'POST',
      path: '/v1/models/half:classify',
      body: { signature_name: 'classify_x_to_y', examples: [{ x: 2.5 }] },
    },
    {
      method: 'POST',
      path: '/v1/models/half:regress',
      body: { signature_name: 'regress_x_to_y', context: { x: 1.5 }, examples: [{}] },
    },
    { method: 'OPTIONS', path: '/v1/models/half', headers: { origin: 'http://x' } },
  ];
  const openInference: HttpSeed[] = [
    { method: 'GET', path: '/v2' },
    { method: 'GET', path: '/v2/health/ready' },
    { method: 'GET', path: '/v2/models/digits/versions/1' },
    { method: 'GET', path: '/v2/models/half/ready' },
    { method: 'POST', path: '/v2/repository/index', body: { ready: true } },
    { method: 'POST', path: '/v2/repository/models/half/load', body: {} },
    { method: 'POST', path: '/v2/models/digits/infer', body: { id: '1', inputs: [{ ...input, data: flat }] } },
    {
      method: 'POST',
      path: '/v2/models/digits/infer',
      body: {
        parameters: { binary_data_output: true, priority: 1, timeout: 10_000_000 },
        inputs: [{ ...input, data: pixels }],
        outputs: [{ name: 'output_0', parameters: { classification: 2 } }],
      },
    },
    {
      method: 'POST',
      path: '/v2/models/digits/infer',
      headers: { 'inference-header-content-length': String(binaryHead.length) },
      body: Buffer.concat([binaryHead, raw]),
    },
    { method: 'POST', path: '/v2/models/digits/infer', headers: { 'inference-header-content-length': '0' }, body: raw },
  ];
  const others: HttpSeed[] = [
    { method: 'POST', path: '/predict', body: { data: flat } },
    {
      method: 'POST',
      path: '/api/v1/models/digits/predict?top=2',
      headers: { 'content-type': 'image/png' },
      body: png,
    },
    { method: 'POST', path: '/api/v1/models/digits/predict', body: { images: [{ b64 }] } },
    { method: 'POST', path: '/api/v1/models/digits/versions/1/predict', body: { pixels: flat } },
    { method: 'GET', path: '/api/v1/models/digits' },
    { method: 'GET', path: '/models' },
    { method: 'GET', path: '/params?model=digits' },
    { method: 'POST', path: '/predict/json', body: { keys: ['a'], values: flat, model: 'digits' } },
    { method: 'POST', path: '/tf/mnist/digits', headers: { 'content-type': 'image/png' }, body: png },
    { method: 'POST', path: '/status/', body: { id: 'x' } },
    { method: 'GET', path: '/healthz' },
  ];
  return [...tfserving, ...openInference, ...others];
}
