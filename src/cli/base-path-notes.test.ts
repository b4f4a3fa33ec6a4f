import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { basePathNotes } from './base-path-notes.ts';

let zoo: string;
beforeAll(async () => {
  zoo = await mkdtemp(path.join(tmpdir(), 'pictor-zoo-'));
  for (const name of ['cats/1', 'dogs/7', 'alone']) {
    await mkdir(path.join(zoo, name), { recursive: true });
    await writeFile(path.join(zoo, name, 'saved_model.pb'), '');
  }
});
afterAll(() => rm(zoo, { recursive: true, force: true }));

describe('a folder to serve', () => {
  it('needs no words when it has versions, or does not exist yet', async () => {
    for (const place of ['cats', 'nowhere']) {
      expect(await basePathNotes({ name: 'm', basePath: path.join(zoo, place) })).toEqual([]);
    }
  });

  it('that holds several models is told, with what to run', async () => {
    expect(await basePathNotes({ name: 'm', basePath: zoo })).toEqual([
      `${zoo} has no versions; models in it have: cats, dogs.`,
      `Serve one with --model_base_path=${zoo}/cats, several with --model_config_file.`,
    ]);
  });

  it('that is a version is told', async () => {
    expect(await basePathNotes({ name: 'm', basePath: path.join(zoo, 'alone') })).toEqual([
      expect.stringMatching(/is a version of a model itself.*: m\/1\.$/),
    ]);
  });
});
