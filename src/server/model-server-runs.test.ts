/** @file Runs that do not end in time: what their callers are told, and that nobody else waits for them. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { DATA_TYPE_NUMBERS, serving } from '../proto/index.ts';
import { loopingOnnx } from '../serving/testing/looping-onnx.ts';
import { addingOnnx } from '../serving/testing/tiny-onnx.ts';
import { grpcCaller } from './testing/grpc-client.ts';
import { type ModelFolders, modelFolders, type StartedServer } from './testing/model-server-fixture.ts';

/** Of a run that is to be given up: seconds, and it ends. */
const TOO_MANY = 4_000_000;
const LIMIT_MS = 250;

let folders: ModelFolders;
let server: StartedServer;
let configFile: string;
beforeAll(async () => {
  folders = await modelFolders([]);
  const write = async (name: string, graph: Uint8Array) => {
    const place = path.join(folders.directory, name, '1');
    await mkdir(place, { recursive: true });
    await writeFile(path.join(place, 'model.onnx'), graph);
    return `config { name: '${name}' base_path: '${path.dirname(place)}' }`;
  };
  const models = [await write('loop', loopingOnnx()), await write('adder', addingOnnx(2))];
  configFile = await folders.file('both.config', `model_config_list { ${models.join(' ')} }`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  return server.close();
});
afterAll(() => folders.remove());

const post = async (place: string, body: object) => {
  const response = await fetch(`${server.url}${place}`, { method: 'POST', body: JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const status = async () => {
  const body = (await (await fetch(`${server.url}/v1/models/loop`)).json()) as Record<string, unknown>;
  return body.model_version_status;
};
const loop = (rounds: number) => post('/v1/models/loop:predict', { inputs: { rounds: [rounds] } });
const add = () => post('/v1/models/adder:predict', { inputs: { x: [[1]] } });
const THREE = { status: 200, body: { outputs: [[3]] } };

describe('a run that takes too long', () => {
  it('is told by every protocol, and keeps no other model from being answered', async () => {
    vi.stubEnv('PICTOR_INFERENCE_THREADS', '1');
    server = await folders.start({ configFile, grpcPort: 0, serving: { runLimitMs: LIMIT_MS } });
    expect(await loop(3)).toEqual({ status: 200, body: { outputs: 3 } });
    const [rest, other] = await Promise.all([loop(TOO_MANY), add()]);
    expect(other).toEqual(THREE);
    const text = `Signature "serving_default" of version 1 of model "loop" was not computed in time: A run of the graph took longer than ${LIMIT_MS} ms and was given up.`;
    expect(rest).toMatchObject({ status: 504, body: { error: expect.stringContaining(text) } });
    expect(rest.body.error).toContain('PICTOR_RUN_LIMIT_MS');

    const input = { name: 'rounds', datatype: 'INT64', shape: [1], data: [TOO_MANY] };
    expect(await post('/v2/models/loop/infer', { inputs: [input] })).toMatchObject({
      status: 504,
      body: { error: expect.stringContaining(text) },
    });
    expect(await add()).toEqual(THREE);
    expect(await status()).toMatchObject([{ state: 'AVAILABLE' }]);

    const grpc = grpcCaller(server.grpcAddress!);
    const tensor = {
      dtype: DATA_TYPE_NUMBERS.DT_INT64,
      tensorShape: { dim: [{ size: 1n }] },
      int64Val: [BigInt(TOO_MANY)],
    };
    const asked = grpc.call(serving.PredictionService.method.predict, {
      modelSpec: { name: 'loop' },
      inputs: { rounds: tensor },
    });
    await expect(asked).rejects.toMatchObject({
      code: serving.STATUS_CODES.DEADLINE_EXCEEDED,
      details: expect.stringContaining(text),
    });
    grpc.close();

    // It was the third.
    expect(await status()).toMatchObject([
      { version: '1', state: 'END', status: { error_message: expect.stringContaining('3 of its runs were given up') } },
    ]);
    expect((await loop(3)).status).toBe(404);
    expect(await add()).toEqual(THREE);
  });
});

describe('a request that takes too much memory', () => {
  it('is refused by every protocol, with the bound', async () => {
    vi.stubEnv('PICTOR_MAX_PENDING_BYTES', '64');
    server = await folders.start({ configFile, grpcPort: 0 });
    const text =
      'A request to version 1 of model "adder" takes 68 bytes of tensors once it is decoded; at most 64 may. Send fewer rows';
    const rows = Array.from({ length: 17 }, () => 1);
    const told = { status: 400, body: { error: expect.stringContaining(text) } };
    expect(await post('/v1/models/adder:predict', { instances: rows.map((x) => [x]) })).toMatchObject(told);
    const input = { name: 'x', datatype: 'FP32', shape: [17, 1], data: rows };
    expect(await post('/v2/models/adder/infer', { inputs: [input] })).toMatchObject(told);
    const grpc = grpcCaller(server.grpcAddress!);
    const x = {
      dtype: DATA_TYPE_NUMBERS.DT_FLOAT,
      tensorShape: { dim: [{ size: 17n }, { size: 1n }] },
      floatVal: rows,
    };
    const asked = grpc.call(serving.PredictionService.method.predict, { modelSpec: { name: 'adder' }, inputs: { x } });
    await expect(asked).rejects.toMatchObject({
      code: serving.STATUS_CODES.INVALID_ARGUMENT,
      details: expect.stringContaining(text),
    });
    grpc.close();
    expect(await add()).toEqual(THREE);
  });
});
