/** @file Servers of ours, asked with the Python packages that users of TensorFlow Serving and Triton have. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  encodePng,
  openSplit,
  type PreparedDataset,
  parseDatasetSource,
  prepareDataset,
} from '../../src/dataset/index.ts';
import { createLogger, type RunningServer, startServer } from '../../src/server/index.ts';
import { type Ended, pictor, startPictor } from '../support/pictor.ts';

const SCRIPT = fileURLToPath(new URL('twin/serving_clients.py', import.meta.url));
const DATA = process.env.PICTOR_DATA ?? '';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pictor-clients-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

// biome-ignore lint/suspicious/noExplicitAny: what Python found is compared as it is
async function ask(job: object): Promise<any> {
  const file = path.join(folder, 'job.json');
  await writeFile(file, JSON.stringify(job));
  const { stdout } = await promisify(execFile)(inject('python'), [SCRIPT, file], { maxBuffer: 1 << 26 });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

describe.skipIf(DATA === '')("tensorflow-serving-api at pictor serve, with TensorFlow Serving's own models", () => {
  const models = path.join(DATA, 'models', 'savedmodel');
  let server: ReturnType<typeof startPictor>;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  let found: any;

  beforeAll(async () => {
    const basePath = path.join(models, 'saved_model_half_plus_two_cpu');
    const flags = ['--model_name=half', `--model_base_path=${basePath}`, `--port=${await freePort()}`];
    server = startPictor(['serve', ...flags, '--rest_api_port=0', '--json']);
    const ready = await firstLine(server);
    found = await ask({ kind: 'half', grpc: ready.grpc, data: models });
  });
  afterAll(() => server?.kill('SIGTERM'));

  it('predict, classify, regress, several at once', () => {
    const { calls } = found;
    expect(calls.predict).toEqual([[2.5, 3, 4.5], ['y'], 'half', 123, 'serving_default']);
    expect(calls.filtered).toEqual([3]);
    expect(calls.classify).toEqual([[['', 3]]]);
    expect(calls.regress).toEqual([3]);
    expect(calls.multi).toEqual([3, 3, ['regress_x_to_y', 'classify_x_to_y']]);
  });

  it('status, metadata, errors', () => {
    const { calls } = found;
    expect(calls.status).toEqual([[123, 'AVAILABLE', 0]]);
    expect(calls.metadata).toEqual([123, true, {}]);
    expect(calls.missing).toEqual(['NOT_FOUND', 'Servable not found for request: Latest(nope)']);
    expect(calls.deadline).toBe('DEADLINE_EXCEEDED');
  });

  it('other models, versions and labels while serving', () => {
    expect(found.reload).toEqual({
      codes: [0, 0],
      versions: [123, 124],
      latest: 124,
      gone: ['NOT_FOUND', 'Servable not found for request: Latest(half)'],
      label: ['INVALID_ARGUMENT', 'Unrecognized servable version label: nope'],
      badLabel: ['FAILED_PRECONDITION', expect.stringContaining('not currently available for inference')],
      relative: ['INVALID_ARGUMENT', 'Expected model two to have an absolute path or URI; got base_path()=relative'],
    });
  });
});

describe('a model that was trained here', () => {
  let server: RunningServer;
  let prepared: PreparedDataset;
  let dataset: string;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  let found: any;
  let rows: readonly (readonly number[])[];

  beforeAll(async () => {
    const data = path.join(folder, 'data');
    dataset = 'sample:digits';
    const choices = ['--model', 'tfaas-mnist', '--epochs', '1', '--seed', '1', '--data-dir', data];
    const trained = await pictor(['train', dataset, '--name', 'digits', ...choices]);
    if (trained.code !== 0) throw new Error(trained.stderr);
    const listening = { port: 0, restPort: 0, grpcPort: 0, trainer: false, dataDirectory: data };
    server = await startServer(listening, { log: createLogger('silent') });
    prepared = await prepareDataset(parseDatasetSource(dataset), {
      cacheDirectory: path.join(data, 'cache', 'datasets'),
      image: { height: 28, width: 28, channels: 1 },
      validationSplit: 0,
    });
    const split = openSplit(prepared.directory, 'test');
    const pixels = new Uint8Array(3 * split.imageBytes);
    split.readImages([0, 1, 2], pixels);
    split.close();
    const shape = { height: 28, width: 28, channels: 1 } as const;
    const png = await encodePng(pixels.subarray(0, split.imageBytes), shape);
    const batch = Array.from({ length: 3 }, (_, at) =>
      Array.from({ length: 28 }, (_, y) => Array.from({ length: 28 }, (_, x) => [pixels[(at * 28 + y) * 28 + x]])),
    );
    const body = JSON.stringify({ instances: batch });
    const answer = await fetch(`${server.restUrl}/v1/models/digits:predict`, { method: 'POST', body });
    rows = ((await answer.json()) as { predictions: number[][] }).predictions;
    const rest = String(server.restUrl).replace('http://', '');
    found = await ask({ kind: 'digits', rest, grpc: server.grpcAddress, batch, picture: png.toString('hex') });
  });
  afterAll(() => server?.close());

  const near = (got: readonly number[], wanted: readonly number[]) => {
    expect(got).toHaveLength(wanted.length);
    for (const [index, value] of got.entries()) expect(value).toBeCloseTo(wanted[index], 5);
  };

  it('gives tensorflow-serving-api what it gives over REST', () => {
    const { pixels, bytes, classes, scores } = found.tfserving;
    for (const [index, row] of rows.entries()) near(pixels[index], row);
    near(bytes, rows[0]);
    expect(classes).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    near(scores, rows[0]);
  });

  it.each(['http', 'grpc'])("gives the same to Triton's client over %s", (protocol) => {
    const told = found[protocol];
    expect(told).toMatchObject({
      live: true,
      ready: true,
      model: true,
      version: true,
      missing: false,
      server: 'pictor',
      id: '42',
    });
    for (const [index, row] of rows.entries()) near(told.pixels[index], row);
    near(told.bytes, rows[0]);
    const best = rows.map((row) => row.indexOf(Math.max(...row)));
    expect(told.best.map(([first]: string[]) => first.split(':').slice(1))).toEqual(
      best.map((index) => [String(index), String(index)]),
    );
    expect(told.best.map((row: string[]) => row.length)).toEqual([2, 2, 2]);
    expect(told.metadata[2]).toEqual(['1']);
    expect([told.index, told.unloaded, told.loaded]).toEqual([['READY'], [['UNAVAILABLE'], false], [['READY'], true]]);
    expect(told.error).toBe("Request for unknown model: 'nope' is not found");
    if (protocol === 'grpc') return;
    for (const form of [told.json, told.gzip]) for (const [index, row] of rows.entries()) near(form[index], row);
  });

  it('is healthy, and describes itself', () => {
    expect(found.health).toEqual({ statuses: [1, 1, 1], missing: 'NOT_FOUND' });
    expect(found.reflection).toEqual({
      services: expect.arrayContaining([
        'grpc.health.v1.Health',
        'inference.GRPCInferenceService',
        'tensorflow.serving.ModelService',
        'tensorflow.serving.PredictionService',
      ]),
      input: 'tensorflow.serving.PredictRequest',
      fields: ['model_spec', 'inputs', 'output_filter'],
    });
  });

  it('has one accuracy, however it is asked', async () => {
    const data = path.join(folder, 'data');
    const common = ['--data-dir', data, '--json'];
    const last = ({ code, stderr, events }: Ended) => {
      expect([code, stderr]).toEqual([0, stderr]);
      return events().at(-1) as { accuracy: number; count: number; accuracies?: object };
    };
    const here = last(await pictor(['eval', 'digits', dataset, ...common]));
    const grpc = ['--grpc', String(server.grpcAddress)];
    const there = last(
      await pictor(['eval', '--serving', String(server.restUrl), ...grpc, 'digits', dataset, ...common]),
    );
    const { accuracy } = here;
    expect(there).toMatchObject({ count: here.count, accuracy });
    expect(there.accuracies).toEqual({
      restTensors: accuracy,
      restBytes: accuracy,
      grpcTensors: accuracy,
      grpcBytes: accuracy,
    });
    expect(accuracy).toBeGreaterThan(0.8);
  });
});

/** Nobody listens there now. 0 would mean none, as TensorFlow Serving has it. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** The event that a process prints when it is ready. */
async function firstLine(child: ReturnType<typeof startPictor>): Promise<{ readonly grpc: string }> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += chunk;
    if (text.includes('\n')) return JSON.parse(text.split('\n')[0]);
  }
  throw new Error(`It ended before it was ready: ${text}`);
}
