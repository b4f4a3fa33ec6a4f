import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findModel, modelsIn } from './detect.ts';

let folder: string;
beforeAll(async () => {
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'pictor-detect-')), 'zoo');
  for (const file of [
    'cats/1/saved_model.pb',
    'dogs/model.json',
    'owls.onnx',
    'notes/readme.txt',
    'one/deep/x.keras',
  ]) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), '');
  }
});
afterAll(() => rm(path.dirname(folder), { recursive: true, force: true }));

describe('a folder of models', () => {
  it('is listed: files, folders, and folders of versions', async () => {
    expect(await modelsIn(folder)).toEqual(['cats', 'dogs', 'owls.onnx']);
    expect(await modelsIn(path.join(folder, 'nowhere'))).toEqual([]);
  });

  it('is refused with the names of the models', async () => {
    await rm(path.join(folder, 'owls.onnx'));
    await expect(findModel(folder)).rejects.toMatchObject({
      code: 'model_format_unknown',
      message: 'zoo cannot be imported: it holds several models: cats, dogs.',
      fix: 'Name one of them, such as zoo/cats.',
      details: { models: ['cats', 'dogs'] },
    });
  });

  it('is refused where it holds one, and where it holds none', async () => {
    await expect(findModel(path.join(folder, 'one'))).rejects.toMatchObject({
      message: 'one cannot be imported: the model is in one/deep.',
      fix: 'Name one/deep.',
    });
    await expect(findModel(path.join(folder, 'notes'))).rejects.toMatchObject({
      message: 'notes cannot be imported: no model is in it.',
    });
  });
});
