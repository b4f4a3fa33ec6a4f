/** @file Requests of all protocols in the files that `logging_config` asks for, and those files as warm-up. */
import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { decodeRecords } from '../formats/index.ts';
import { DATA_TYPE_NUMBERS, serving } from '../proto/index.ts';
import { tinyModel } from '../registry/testing/tiny-model.ts';
import { halfPlusTwo } from '../serving/testing/graph-models.ts';
import { greyPng } from '../serving/testing/serving-fixture.ts';
import { grpcCaller } from './testing/grpc-client.ts';
import { type ModelFolders, modelFolders, type StartedServer } from './testing/model-server-fixture.ts';

let folders: ModelFolders;
let server: StartedServer | undefined;
beforeAll(async () => {
  folders = await modelFolders([tinyModel({ bias: [9, 0, 0] })]);
  await folders.registry.publishImported(halfPlusTwo(), { name: 'half', file: 'half' });
});
afterEach(() => server?.close());
afterAll(() => folders.remove());

const start = async (rate: number, type = 'file') => {
  const [logs, models] = ['logs', 'models'].map((folder) => path.join(folders.directory, folder));
  const config = ['digits', 'half'].map(
    (name) => `config { name: '${name}' base_path: '${models}/${name}' logging_config {
      log_collector_config { type: '${type}' filename_prefix: '${logs}/${name}' }
      sampling_config { sampling_rate: ${rate} } } }`,
  );
  const configFile = await folders.file('logging.config', `model_config_list { ${config.join(' ')} }`);
  const monitoring = await folders.file('monitoring.config', 'prometheus_config { enable: true }');
  server = await folders.start({ configFile, grpcPort: 0, monitoringFile: monitoring });
  return server;
};
const post = async (place: string, body: object) => {
  const response = await fetch(`${server?.url}${place}`, { method: 'POST', body: JSON.stringify(body) });
  expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
};
const page = async () => (await fetch(`${server?.url}/monitoring/prometheus/metrics`)).text();
const records = async (file: string) => {
  const bytes = await readFile(path.join(folders.directory, 'logs', file));
  return [...decodeRecords(bytes)].map((record) => fromBinary(serving.PredictionLogSchema, record));
};
const logged = async () => (await readdir(path.join(folders.directory, 'logs')).catch(() => [])).sort();

describe('logging_config', () => {
  it('writes requests with their answers down, as warm-up files hold them', async () => {
    const { grpcAddress } = await start(1);
    await post('/v1/models/half:predict', { instances: [1, 2] });
    const png = (await greyPng([9, 9, 9, 9], 2)).toString('base64');
    const examples = [{ 'image/encoded': { b64: png } }];
    await post('/v1/models/digits:classify', { signature_name: 'classify', examples });
    await post('/v1/models/half:regress', { signature_name: 'regress_x_to_y', examples: [{ x: 4.5 }] });
    const caller = grpcCaller(grpcAddress ?? '');
    const tensor = (values: number[]) => ({
      dtype: DATA_TYPE_NUMBERS.DT_FLOAT,
      tensorShape: { dim: [{ size: BigInt(values.length) }] },
      floatVal: values,
    });
    const { predict, classify } = serving.PredictionService.method;
    await caller.call(predict, { modelSpec: { name: 'half' }, inputs: { x: tensor([6]) } });
    // What is not answered is not written down.
    await caller.failure(classify, { modelSpec: { name: 'half' } });
    caller.close();
    const count = ':tensorflow:serving:request_log_count';
    for (const counted of ['{model_name="half",status_code="OK"} 3', '{model_name="digits",status_code="OK"} 1']) {
      while (!(await page()).includes(`${count}${counted}`)) await new Promise((resolve) => setImmediate(resolve));
    }
    await server?.close();

    const files = await logged();
    expect(files).toEqual([
      expect.stringMatching(/^digits-\d{8}T\d{9}Z-[0-9a-f]{8}\.tfrecord$/),
      expect.stringMatching(/^half-/),
    ]);
    const [[ofPicture], [first, second, last]] = await Promise.all(files.map(records));
    expect(first.logMetadata).toMatchObject({
      modelSpec: { name: 'half', versionChoice: { case: 'version', value: { value: 1n } } },
      samplingConfig: { samplingRate: 1 },
    });
    expect(Number(first.logMetadata?.timestampSecs)).toBeCloseTo(Date.now() / 1000, -3);
    expect(first.logType.value).toMatchObject({
      request: { modelSpec: { name: 'half', signatureName: 'serving_default' }, inputs: { x: { floatVal: [1, 2] } } },
      response: { outputs: { y: { floatVal: [2.5, 3] } } },
    });
    const sent = (ofPicture.logType.value as serving.ClassifyLog).request?.input?.kind;
    expect(sent).toMatchObject({ case: 'exampleList', value: { examples: [{ features: expect.anything() }] } });
    const { response } = ofPicture.logType.value as serving.ClassifyLog;
    const [scored] = response?.result?.classifications[0].classes ?? [];
    expect(scored).toMatchObject({ label: '0', score: expect.closeTo(1, 2) });
    expect(second.logType.value).toMatchObject({ response: { result: { regressions: [{ value: 4.25 }] } } });
    expect(last.logType.value).toMatchObject({ request: { inputs: { x: { floatVal: [6] } } } });
  });

  it('is nothing at rate 0, and its files are of one type', async () => {
    const before = await logged();
    await start(0);
    await post('/v1/models/half:predict', { instances: [1] });
    await server?.close();
    expect(await logged()).toEqual(before);
    await expect(start(1, 'kafka')).rejects.toThrow('Cannot find LogCollector::Factory for type: kafka');
  });

  it('warms the next start up, which the metrics tell', async () => {
    const [, file] = await logged();
    const version = path.join(folders.directory, 'models', 'half', '1');
    const extra = path.join(version, 'assets.extra');
    await mkdir(extra, { recursive: true });
    await copyFile(path.join(folders.directory, 'logs', file), path.join(extra, 'tf_serving_warmup_requests'));
    await start(0);
    const metrics = await page();
    const labels = `model_path="${version}"`;
    expect(metrics).toContain(`:tensorflow:serving:model_warmup_records_read{${labels}} 3`);
    expect(metrics).toContain(`:tensorflow:serving:model_warmup_latency_count{${labels},status="OK"} 1`);
  });
});
