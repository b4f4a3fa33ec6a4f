import { execFileSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { tinyModel } from '../registry/testing/tiny-model.ts';
import { type ModelFolders, modelFolders, type StartedServer } from './testing/model-server-fixture.ts';

let folders: ModelFolders;
let server: StartedServer | undefined;
beforeAll(async () => {
  // Version 1 mostly gives the class 0, version 2 the class 2.
  folders = await modelFolders([tinyModel({ bias: [9, 0, 0] }), tinyModel({ bias: [0, 0, 9] })]);
});
afterEach(() => server?.close());
afterAll(() => folders.remove());

const start = async (options: Parameters<ModelFolders['start']>[0] = {}) => {
  server = await folders.start(options);
  return server;
};
const black = {
  instances: [
    [
      [[0], [0]],
      [[0], [0]],
    ],
  ],
};
const ask = async (path_: string, body?: object, headers: Record<string, string> = {}) => {
  const method = body ? { method: 'POST', body: JSON.stringify(body) } : {};
  const response = await fetch(`${server?.url}${path_}`, { ...method, headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
};
/** The class that a version mostly gives. */
const answered = async (target: string) => {
  const { status, text } = await ask(`/v1/models/${target}:predict`, black);
  if (status !== 200) return JSON.parse(text).error;
  const [probabilities] = JSON.parse(text).predictions as number[][];
  return probabilities.indexOf(Math.max(...probabilities));
};
const until = async (condition: () => Promise<boolean>) => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
};
const config = (...models: readonly string[]) =>
  `model_config_list { ${models.map((model) => `config { base_path: '${folders.basePath}' ${model} }`).join(' ')} }`;

describe('one model', () => {
  it('is served by its newest version', async () => {
    await start();
    expect(await answered('digits')).toBe(2);
    expect(await answered('digits/versions/1')).toBe('Servable not found for request: Specific(digits, 1)');
    expect((await ask('/v1/models/digits')).text).toContain('"version": "2"');
    expect((await ask('/readyz')).status).toBe(200);
    expect((await ask('/nothing')).text).toContain('<H1>Not Found</H1>');
    expect(JSON.parse((await ask('/api/v1/models')).text).models).toEqual([
      { name: 'digits', versions: [{ version: '2', state: 'AVAILABLE', loaded: true }], labels: {} },
    ]);
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(3)]), 'a.png');
    const response = await fetch(`${server?.url}/api/v1/models/digits/predict`, { method: 'POST', body: form });
    expect(((await response.json()) as { error: { code: string } }).error.code).toBe('image_invalid');
  });

  it('answers within its time', async () => {
    await start({ restTimeoutMs: 1 });
    const instances = Array.from({ length: 20_000 }, () => black.instances[0]);
    const { status } = await ask('/v1/models/digits:predict', { instances });
    expect(status).toBe(504);
  });

  it('is not ready while nothing of it can be served', async () => {
    await start({ model: { name: 'digits', basePath: path.join(folders.directory, 'nothing') } });
    expect((await ask('/readyz')).status).toBe(503);
    expect((await ask('/healthz')).status).toBe(200);
    expect(server?.log.join()).toContain('Could not find base path');
  });
});

describe('a configuration', () => {
  it('has versions and labels, over REST', async () => {
    const policy = 'model_version_policy { specific { versions: [1, 2] } }';
    const labels = "version_labels { key: 'stable' value: 1 } version_labels { key: 'canary' value: 2 }";
    await start({ configFile: await folders.file('labels.config', config(`name: 'digits' ${policy} ${labels}`)) });
    expect(await answered('digits')).toBe(2);
    expect(await answered('digits/labels/stable')).toBe(0);
    expect(await answered('digits/labels/canary')).toBe(2);
    expect(await answered('digits/labels/none')).toBe('Unrecognized servable version label: none');
    expect(JSON.parse((await ask('/v1/models/digits/labels/stable/metadata')).text).model_spec.version).toBe('1');
  });

  it('is read again, and one that is none changes nothing', async () => {
    const all = 'model_version_policy { all {} }';
    const configFile = await folders.file('polled.config', config(`name: 'digits'`));
    await start({ configFile, configPollSeconds: 0.02 });
    expect(await answered('digits/versions/1')).toContain('Servable not found');
    await folders.file('polled.config', 'model_config_list { config { nam: "x" } }');
    await until(async () => (server?.log.join() ?? '').includes('has no field named "nam"'));
    expect(await answered('digits')).toBe(2);
    await folders.file('polled.config', config(`name: 'digits' ${all}`));
    await until(async () => (await answered('digits/versions/1')) === 0);
    await folders.file('polled.config', 'model_config_list { }');
    await until(async () => (await answered('digits')) === 'Servable not found for request: Latest(digits)');
  });

  it('that is none stops the start', async () => {
    const configFile = await folders.file('bad.config', 'model_config_list {');
    await expect(folders.start({ configFile })).rejects.toThrow(
      /^Error parsing text-format tensorflow\.serving\.ModelServerConfig: 1:20: /,
    );
  });
});

describe('warm-up', () => {
  // The golden record of another model: a request that this one cannot answer.
  const record = Buffer.from(
    '4c00000000000000f5d4a2a0324a0a480a1c0a056d6e697374120208031a0f73657276696e675f64656661756c7412200a06696d61676573121608011208120208011202080222080000803f000000401a0673636f72657326e51f47',
    'hex',
  );
  const warmup = () => path.join(folders.basePath, '2', 'assets.extra', 'tf_serving_warmup_requests');

  it('keeps a version that fails it from being served, and the one before goes on', async () => {
    await mkdir(path.dirname(warmup()), { recursive: true });
    await writeFile(warmup(), record);
    try {
      const all = config("name: 'digits' model_version_policy { all {} }");
      await start({ configFile: await folders.file('warm.config', all) });
      expect(await answered('digits')).toBe(0);
      const { model_version_status: versions } = JSON.parse((await ask('/v1/models/digits/versions/2')).text);
      expect(versions[0].state).toBe('END');
      expect(versions[0].status.error_message).toContain('The warm-up request 0 failed. INVALID_ARGUMENT: ');
      await server?.close();
      await start({ warmUp: false });
      expect(await answered('digits')).toBe(2);
    } finally {
      await rm(warmup());
    }
  });
});

describe('operations', () => {
  it("shows figures on both pages, TensorFlow Serving's when it is configured", async () => {
    const monitoring = "prometheus_config { enable: true, path: '/monitoring/prometheus/metrics' }";
    await start({ monitoringFile: await folders.file('monitoring.config', monitoring) });
    await answered('digits');
    await answered('nothing');
    await ask('/v1/models/digits');
    const page = await ask('/monitoring/prometheus/metrics');
    expect(page.headers.get('content-type')).toBe('text/plain');
    const lines = page.text.split('\n');
    expect(lines).toContain(':tensorflow:serving:request_count{model_name="digits",status="OK"} 2');
    expect(lines).toContain(':tensorflow:serving:request_count{model_name="nothing",status="NOT_FOUND"} 1');
    const labels = 'model_name="digits",API="predict",entrypoint="REST"';
    expect(lines).toContain(`:tensorflow:serving:request_latency_count{${labels}} 1`);
    const { text } = await ask('/metrics');
    expect(text).toContain('pictor_batch_rows_count{model="digits",version="2"} 1');
    expect(text).toContain('pictor_model_state{model="digits",version="2",state="AVAILABLE"} 1');
    expect(text).toContain('pictor_queue_rows{model="digits",version="2"} 0');
    expect(text).toContain('process_cpu_seconds_total');
  });

  it('has no such page otherwise', async () => {
    await start();
    expect((await ask('/monitoring/prometheus/metrics')).status).toBe(404);
  });

  it('knows requests by their ids', async () => {
    await start();
    const own = await ask('/healthz', undefined, { 'x-request-id': 'abc-1' });
    expect(own.headers.get('x-request-id')).toBe('abc-1');
    const strange = await ask('/healthz', undefined, { 'x-request-id': 'a b"c' });
    expect(strange.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('lets pages of other sites read when it shall', async () => {
    await start({ cors: true });
    const { headers } = await ask('/v1/models/digits');
    expect(headers.get('access-control-allow-origin')).toBe('*');
    const preflight = await fetch(`${server?.url}/v1/models/digits:predict`, {
      method: 'OPTIONS',
      headers: { origin: 'http://other.example' },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([200, 'POST, GET']);
    await server?.close();
    await start();
    expect((await ask('/v1/models/digits')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('answers what runs when it stops', async () => {
    const { close } = await start();
    const instances = Array.from({ length: 20_000 }, () => black.instances[0]);
    const running = ask('/v1/models/digits:predict', { instances });
    await new Promise((resolve) => setTimeout(resolve, 30));
    const [{ status }] = await Promise.all([running, close()]);
    expect(status).toBe(200);
    await expect(ask('/healthz')).rejects.toThrow();
  });

  it('speaks TLS', async () => {
    const [key, certificate] = [path.join(folders.directory, 'key.pem'), path.join(folders.directory, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2', '-nodes'];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
    execFileSync('openssl', ['req', '-x509', ...curve, '-keyout', key, '-out', certificate, ...subject], {
      stdio: 'ignore',
    });
    const { url } = await start({ tlsCertificate: certificate, tlsKey: key });
    expect(url).toMatch(/^https:/);
    const status = await new Promise((resolve, reject) => {
      get(`${url}/healthz`, { rejectUnauthorized: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on('error', reject);
    });
    expect(status).toBe(200);
    await expect(folders.start({ tlsCertificate: certificate })).rejects.toThrow(/needs a certificate and its key/);
    await expect(folders.start({ tlsCertificate: key, tlsKey: certificate })).rejects.toThrow(/cannot be used for TLS/);
  });
});
