/** @file What is told of a folder that `pictor serve` is to serve, and that has no versions. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { modelsIn } from '../formats/index.ts';
import { plainLine, shellWord } from './text.ts';

const MAX_LISTED = 8;

/** Such a folder waits for versions, as in TensorFlow Serving; mostly it is the wrong one. */
export async function basePathNotes(model: { readonly name: string; readonly basePath: string }): Promise<string[]> {
  const { name, basePath } = model;
  const entries = await namesIn(basePath);
  if (hasVersions(entries)) return [];
  if (entries.includes('saved_model.pb')) {
    return [`${plainLine(basePath)} is a version of a model itself. Put it into a folder with its number: ${name}/1.`];
  }
  const models: string[] = [];
  for (const each of await modelsIn(basePath)) {
    if (hasVersions(await namesIn(path.join(basePath, each)))) models.push(each);
  }
  if (models.length === 0) return [];
  const more = models.length > MAX_LISTED ? ', …' : '';
  return [
    `${plainLine(basePath)} has no versions; models in it have: ${plainLine(models.slice(0, MAX_LISTED).join(', '))}${more}.`,
    `Serve one with --model_base_path=${plainLine(shellWord(path.join(basePath, models[0])))}, several with --model_config_file.`,
  ];
}

function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

function hasVersions(names: readonly string[]): boolean {
  return names.some((name) => /^\d+$/.test(name));
}
