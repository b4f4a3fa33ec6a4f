import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PictorError } from '../../contracts/index.ts';
import { readBatchingFile, readModelConfigFile, readMonitoringFile, readSslFile } from './config-file.ts';

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pictor-config-'));
  file = path.join(folder, 'file.config');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const text = async (content: string) => {
  await writeFile(file, content);
  return file;
};
const told = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  return error instanceof PictorError && error.code === 'serving_config_invalid' ? error.message : String(error);
};
const config = (...models: string[]) => `model_config_list { ${models.map((m) => `config { ${m} }`).join('\n')} }`;

describe('models', () => {
  it('have folder, versions, labels and samples', async () => {
    const content = config(
      "name: 'a' base_path: '/models/a/' model_platform: 'tensorflow'",
      `name: 'b' base_path: '/b' model_type: TENSORFLOW model_version_policy { specific { versions: [1, 9007199254740993] } }
       version_labels { key: 'stable' value: 1 }
       logging_config { log_collector_config { filename_prefix: '/logs/b' } sampling_config { sampling_rate: 0.25 } }`,
      "name: 'c' base_path: '/c' model_version_policy { latest { num_versions: 0 } }",
      "name: 'd' base_path: '/d' model_version_policy { all {} }",
    );
    const models = await readModelConfigFile(await text(content));
    expect([...(models?.values() ?? [])]).toEqual([
      { name: 'a', basePath: '/models/a/', policy: { kind: 'latest', count: 1 }, labels: new Map(), logging: null },
      {
        name: 'b',
        basePath: '/b',
        policy: { kind: 'specific', versions: [1n, 9007199254740993n] },
        labels: new Map([['stable', 1n]]),
        logging: { filenamePrefix: '/logs/b', samplingRate: 0.25 },
      },
      { name: 'c', basePath: '/c', policy: { kind: 'latest', count: 1 }, labels: new Map(), logging: null },
      { name: 'd', basePath: '/d', policy: { kind: 'all' }, labels: new Map(), logging: null },
    ]);
    expect(await readModelConfigFile(await text('# nothing'))).toBeNull();
  });

  it.each([
    [
      'model_config_list { config { nam: "x" } }',
      `Error parsing text-format tensorflow.serving.ModelServerConfig: 1:30: Message type "tensorflow.serving.ModelConfig" has no field named "nam". Invalid protobuf file: '`,
    ],
    [
      config("name: 'a' base_path: '/a'", "name: 'a' base_path: '/b'"),
      'Illegal to list model a multiple times in config list',
    ],
    [config("name: 'a' base_path: 'here'"), 'Expected model a to have an absolute path or URI; got base_path()=here'],
    [config("name: 'a' base_path: 's3://bucket/a'"), 'File system scheme of s3://bucket/a not implemented'],
    [config("base_path: '/a'"), 'ModelConfig has no name specified.'],
    [config("name: 'a' base_path: '/a' model_platform: 'caffe'"), 'Model a is of platform caffe'],
    [
      config("name: 'a' base_path: '/a' model_platform: 'tensorflow' model_type: TENSORFLOW"),
      'Illegal setting both ModelServerConfig::model_type (deprecated) and ModelServerConfig::model_platform.',
    ],
    ['custom_model_config { type_url: "x" }', 'Cannot transition to requested config.'],
    [
      config("name: 'a' base_path: '/a' logging_config { sampling_config { sampling_rate: 2 } }"),
      'sampling_rate must be 0 to 1; got 2',
    ],
  ])('that are wrong are refused: %s', async (content, message) => {
    expect(await told(readModelConfigFile(await text(content)))).toContain(message);
  });

  it('need a file', async () => {
    expect(await told(readModelConfigFile(path.join(folder, 'none')))).toContain('No such file or directory');
    expect(await told(readModelConfigFile(folder))).toContain('cannot be read');
  });
});

describe('batching parameters', () => {
  it('are numbers', async () => {
    const content = 'max_batch_size { value: 128 } num_batch_threads { value: 4 } allowed_batch_sizes: [8, 128]';
    expect(await readBatchingFile(await text(content))).toEqual({
      maxBatchSize: 128,
      numBatchThreads: 4,
      allowedBatchSizes: [8, 128],
      padVariableLengthInputs: false,
    });
  });

  it.each([
    ['max_batch_size { value: 0 }', 'max_batch_size must be positive; was 0'],
    ['batch_timeout_micros { value: -1 }', 'batch_timeout_micros must be non-negative; was -1'],
    ['allowed_batch_sizes: [8, 8]', 'allowed_batch_sizes entries must be monotonically increasing'],
    [
      'allowed_batch_sizes: 8 max_batch_size { value: 9 }',
      'Last entry in allowed_batch_sizes must match max_batch_size; last was 8; expected 9',
    ],
  ])('that are wrong are refused: %s', async (content, message) => {
    expect(await told(readBatchingFile(await text(content)))).toContain(message);
  });
});

describe('monitoring', () => {
  it.each([
    ['', null],
    ['prometheus_config { enable: false path: "/x" }', null],
    ['prometheus_config { enable: true }', '/monitoring/prometheus/metrics'],
    ['prometheus_config { enable: true path: "/metrics/here" }', '/metrics/here'],
  ])('%j has its page at %s', async (content, page) => {
    expect(await readMonitoringFile(await text(content))).toBe(page);
  });

  it('refuses a path that is none', async () => {
    const content = 'prometheus_config { enable: true path: "x y" }';
    expect(await told(readMonitoringFile(await text(content)))).toContain('expected one that begins with /');
  });
});

describe('TLS', () => {
  it('has PEM texts', async () => {
    const pem = (what: string) => `-----BEGIN ${what}-----\\nAAAA\\n-----END ${what}-----\\n`;
    const content = `server_key: '${pem('PRIVATE KEY')}' server_cert: '${pem('CERTIFICATE')}' client_verify: true`;
    expect(await readSslFile(await text(content))).toEqual({
      key: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
      certificate: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      authority: null,
      verifyClients: true,
    });
    expect(await told(readSslFile(await text("server_key: '/key.pem'")))).toContain('server_key in ');
  });
});
