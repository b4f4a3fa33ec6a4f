/** @file What bounds and samples of serving do, from the settings to the disk and the memory. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { tinyModel } from '../registry/testing/tiny-model.ts';
import { greyPng } from '../serving/testing/serving-fixture.ts';
import { type ModelFolders, modelFolders, type StartedServer } from './testing/model-server-fixture.ts';

let folders: ModelFolders;
let server: StartedServer | undefined;
let both: string;
beforeAll(async () => {
  folders = await modelFolders([tinyModel({ bias: [9, 0, 0] }), tinyModel({ bias: [0, 0, 9] })]);
  both = await folders.file(
    'both.config',
    `model_config_list { config { name: 'digits' base_path: '${folders.basePath}' model_version_policy { all {} } } }`,
  );
});
afterEach(() => server?.close());
afterAll(() => folders.remove());

const start = async (serving: NonNullable<Parameters<ModelFolders['start']>[0]>['serving'] = {}) => {
  server = await folders.start({ configFile: both, serving });
  return server;
};
const get = async (place: string) => (await fetch(`${server?.url}${place}`)).json();
const predict = async (version: number) => {
  const body = await greyPng([9, 9, 9, 9], 2);
  const headers = { 'content-type': 'image/png' };
  const place = `${server?.url}/api/v1/models/digits/versions/${version}/predict`;
  return fetch(place, { method: 'POST', body, headers });
};
/** Versions in memory, highest first. */
const loaded = async () => {
  const { models } = (await get('/api/v1/models')) as {
    models: { versions: { version: string; loaded: boolean; state: string }[] }[];
  };
  return models[0].versions.filter((each) => each.loaded).map(({ version }) => version);
};

describe('serving', () => {
  it('keeps samples of pictures with what was answered', async () => {
    const sampleDirectory = path.join(folders.directory, 'samples');
    await start({ sampleRate: 1, sampleDirectory });
    expect((await predict(1)).status).toBe(200);
    await server?.close();
    const files = await readdir(path.join(sampleDirectory, 'digits'));
    const [picture, text] = ['.png', '.json'].map((end) => files.find((file) => file.endsWith(end)) ?? '');
    expect(files).toHaveLength(2);
    expect(await readFile(path.join(sampleDirectory, 'digits', picture))).toEqual(await greyPng([9, 9, 9, 9], 2));
    expect(JSON.parse(await readFile(path.join(sampleDirectory, 'digits', text), 'utf8'))).toMatchObject({
      ...{ model: 'digits', version: '1' },
      predictions: [{ label: '0' }, {}, {}],
    });
  });

  it('frees models that nobody asks for, until somebody does', async () => {
    await start({ idleUnloadMs: 40 });
    while ((await loaded()).length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect((await predict(1)).status).toBe(200);
    const { versions } = (await get('/api/v1/models/digits')) as { versions: { state: string }[] };
    expect(versions.map(({ state }) => state)).toEqual(['AVAILABLE', 'AVAILABLE']);
  });

  it('keeps within its memory: the version that was not used for longest makes room', async () => {
    await start({ memoryBudgetBytes: 1 });
    const [, bytes] = /takes (\d+) bytes/.exec(server?.log.join() ?? '') ?? [];
    expect(await loaded()).toEqual([]);
    expect((await fetch(`${server?.url}/readyz`)).status).toBe(503);
    await server?.close();
    await start({ memoryBudgetBytes: Number(bytes) });
    expect(await loaded()).toHaveLength(1);
    for (const version of [1, 2, 1]) {
      expect((await predict(version)).status).toBe(200);
      expect(await loaded()).toEqual([String(version)]);
    }
  });

  it('tells what versions have done', async () => {
    await start();
    await predict(2);
    const { name, versions } = (await get('/api/v1/models/digits/statistics')) as { name: string; versions: object[] };
    expect(name).toBe('digits');
    expect(versions).toMatchObject([{ version: 2, rows: 1, batches: 1, pending: 0, success: { count: 1 } }]);
    expect((await fetch(`${server?.url}/api/v1/models/nothing/statistics`)).status).toBe(404);
  });
});
