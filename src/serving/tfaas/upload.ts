/** @file TFaaS' uploads, as a tarball and as a form: read, checked and published in one step, or not at all. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ModelVersion, PictorError } from '../../contracts/index.ts';
import { importModel } from '../../formats/index.ts';
import type { ModelRegistry } from '../../registry/index.ts';
import { lookIntoBundle } from './bundle.ts';
import { savedModelOfGraph } from './frozen-graph.ts';

/** Parts of the form; all are there. */
export interface TfaasForm {
  readonly name: string;
  readonly params: Uint8Array;
  readonly model: Uint8Array;
  readonly labels: Uint8Array;
}

/**
 * @param file a tarball, gzipped or not
 * @param maxBytes unpacked
 * @throws as `lookIntoBundle`, `importModel` and `ModelRegistry.publishImported`
 */
export async function uploadTfaasBundle(
  registry: ModelRegistry,
  file: string,
  maxBytes: number,
): Promise<ModelVersion> {
  const { name, isOurs } = await lookIntoBundle(file, maxBytes);
  await registry.checkName(name);
  const model = await importModel(file, { format: 'tfaas' });
  return registry.publishImported(model, { name, file: `${name}.tar`, ...rawPixels(isOurs) });
}

/**
 * The model may be a SavedModel's or a frozen graph's `.pb`, or any file that can be imported.
 * @throws `invalid_request`, `model_file_invalid`, and as the other
 */
export async function uploadTfaasForm(registry: ModelRegistry, form: TfaasForm): Promise<ModelVersion> {
  const params = readParams(form.params);
  if (params.name !== undefined && params.name !== form.name) {
    throw new PictorError('invalid_request', `mismatch of mkey=${form.name} and TFParam.Name=${params.name}`, {
      fix: 'Give the form and params.json the same name.',
    });
  }
  await registry.checkName(form.name);
  const folder = await mkdtemp(path.join(tmpdir(), 'pictor-upload-'));
  try {
    const { input, output } = params;
    const graph = input && output ? savedModelOfGraph(form.model, input, output) : null;
    // A name of our own: the one that was sent may lead anywhere.
    const file = path.join(folder, 'saved_model.pb');
    await writeFile(file, graph ?? form.model);
    const model = await importModel(file);
    const labels = linesOf(form.labels);
    const facts = { name: form.name, file: path.basename(params.model ?? 'model').slice(0, 200), ...rawPixels(false) };
    return await registry.publishImported(model, { ...facts, ...(labels.length > 0 ? { labels } : {}) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** TFaaS feeds pixels as they are; a bundle of ours says itself what they become. */
function rawPixels(isOurs: boolean) {
  return isOurs ? {} : ({ inputRange: '0..255' } as const);
}

interface FormParams {
  readonly name: string | undefined;
  readonly model: string | undefined;
  readonly input: string | undefined;
  readonly output: string | undefined;
}

/** Both spellings of the names: its documents have one, its program the other. */
function readParams(bytes: Uint8Array): FormParams {
  let params: Record<string, unknown> | null;
  try {
    params = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new PictorError('invalid_request', 'unable to unmarshal TF parameters: params is not JSON.', { cause });
  }
  if (typeof params !== 'object' || params === null || Array.isArray(params)) {
    throw new PictorError('invalid_request', 'unable to unmarshal TF parameters: params is no JSON object.');
  }
  const given = params;
  const text = (...names: string[]) =>
    names.map((name) => given[name]).find((value) => typeof value === 'string' && value !== '') as string | undefined;
  return {
    name: text('name'),
    model: text('model'),
    input: text('input_node', 'inputNode', 'input_name'),
    output: text('output_node', 'outputNode', 'output_name'),
  };
}

function linesOf(bytes: Uint8Array): string[] {
  const lines = Buffer.from(bytes).toString('utf8').split(/\r?\n/);
  while (lines.at(-1)?.trim() === '') lines.pop();
  return lines.map((line) => line.trim());
}
