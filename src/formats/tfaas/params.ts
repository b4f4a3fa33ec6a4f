/** @file `params.json` of TFaaS: what its server knows of a model. */
import type { ModelFiles } from '../tensorflow/read/files.ts';
import { damaged } from '../tensorflow/read/refuse.ts';

export interface TfaasParams {
  readonly model: string;
  readonly labels: string | null;
  /** Operators of a frozen graph: `dense/Softmax:0`. */
  readonly inputNode: string | null;
  readonly outputNode: string | null;
}

const MAX_BYTES = 1 << 20;

/** @throws `model_file_invalid` */
export async function readParams(files: ModelFiles, file: string): Promise<TfaasParams> {
  const bytes = (await files.size(file)) ?? 0;
  if (bytes > MAX_BYTES) throw damaged(files.name, `${file} has ${bytes} bytes`);
  const text = Buffer.from(await files.read(file, 0, bytes)).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw damaged(files.name, `${file} is not JSON`, undefined, cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw damaged(files.name, `${file} is not a JSON object`);
  }
  const fields = value as Readonly<Record<string, unknown>>;
  const name = (...keys: readonly string[]): string | null => {
    const found = keys.map((key) => fields[key]).find((entry) => typeof entry === 'string' && entry !== '');
    return (found as string | undefined) ?? null;
  };
  return {
    model: name('model') ?? 'saved_model.pb',
    labels: name('labels'),
    // Earlier versions wrote these names, and their documentation still has them.
    inputNode: name('input_node', 'inputNode', 'input_name'),
    outputNode: name('output_node', 'outputNode', 'output_name'),
  };
}
