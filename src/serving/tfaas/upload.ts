/** @file TFaaS' uploads, as a tarball and as a form: what is to be imported, under which name, and how pictures are fed. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PictorError } from '../../contracts/index.ts';
import type { ImportRequest } from '../../jobs/index.ts';
import { lookIntoBundle } from './bundle.ts';

/** A graph begins with its first operator; a SavedModel with a number, and other formats with other marks. */
const GRAPH_START = 0x0a;

/** Parts of the form; all are there. */
export interface TfaasForm {
  readonly name: string;
  readonly params: Uint8Array;
  readonly model: Uint8Array;
  readonly labels: Uint8Array;
}

/**
 * What is to be imported from a tarball.
 * @param file gzipped or not
 * @param maxBytes unpacked
 * @throws as `lookIntoBundle`
 */
export async function tfaasBundle(file: string, maxBytes: number): Promise<ImportRequest> {
  const { name, isOurs } = await lookIntoBundle(file, maxBytes);
  return { name, source: { kind: 'path', path: file }, file: `${name}.tar`.slice(-200), ...rawPixels(isOurs) };
}

/**
 * What is to be imported from a form. The model may be a SavedModel's or a frozen graph's `.pb`, or any file that can be
 * imported.
 * @param folder empty; the model is written into it
 * @throws `invalid_request`, `model_file_invalid`
 */
export async function tfaasForm(form: TfaasForm, folder: string): Promise<ImportRequest> {
  const { name, input, output, model: fileName = 'model' } = readParams(form.params);
  if (name !== undefined && name !== form.name) {
    throw new PictorError('invalid_request', `mismatch of mkey=${form.name} and TFParam.Name=${name}`, {
      fix: 'Give the form and params.json the same name.',
    });
  }
  const isGraph = input !== undefined && output !== undefined && form.model[0] === GRAPH_START;
  // Names of our own: those that were sent may lead anywhere.
  const file = isGraph ? 'graph.pb' : 'saved_model.pb';
  await writeFile(path.join(folder, file), form.model);
  if (isGraph) {
    const params = { model: file, input_node: input, output_node: output };
    await writeFile(path.join(folder, 'params.json'), JSON.stringify(params));
  }
  const labels = linesOf(form.labels);
  return {
    name: form.name,
    source: { kind: 'path', path: isGraph ? folder : path.join(folder, file) },
    file: path.basename(fileName).slice(0, 200),
    ...rawPixels(false),
    ...(labels.length > 0 ? { labels } : {}),
  };
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
