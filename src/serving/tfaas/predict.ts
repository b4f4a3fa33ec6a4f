/** @file TFaaS' predictions: a picture or a row of numbers in, the scores of all classes out. */
import { PictorError, type TensorValue } from '../../contracts/index.ts';
import type { ModelInUse } from '../model-in-use.ts';
import type { Predictor } from '../predictor.ts';
import { DEFAULT_SIGNATURE } from '../signatures/served.ts';
import type { TfaasRow } from './row.ts';

export interface TfaasScores {
  /** In the order of the model's outputs. */
  readonly scores: readonly number[];
  readonly labels: readonly string[];
}

/**
 * The numbers of the picture are those that the model was given when it came: for a bundle of TFaaS raw pixels 0..255, as
 * there.
 * @throws `image_invalid`, `image_too_large`, and as `Predictor.use`
 */
export function predictTfaasImage(predictor: Predictor, name: string, picture: Uint8Array): Promise<TfaasScores> {
  return predictor.use({ name }, async (model) => {
    const { probabilities } = await model.predictPictures([picture]);
    return { scores: Array.from(probabilities), labels: model.labels };
  });
}

/**
 * The row is the model's input as it stands.
 * @throws `invalid_request` when it has another length than the input, and as `Predictor.use`
 */
export function predictTfaasRow(predictor: Predictor, { model: name, values }: TfaasRow): Promise<TfaasScores> {
  return predictor.use({ name }, async (model) => ({
    scores: Array.from(await runRow(model, values)),
    labels: model.labels,
  }));
}

/** Types whose values may come as numbers of a row. */
const ARRAYS = { DT_FLOAT: Float32Array, DT_DOUBLE: Float64Array, DT_INT32: Int32Array, DT_UINT8: Uint8Array } as const;
type RowType = keyof typeof ARRAYS;

/** The first row of the first output. */
async function runRow(model: ModelInUse, values: Float32Array): Promise<ArrayLike<number>> {
  const { signature, input, dtype, shape } = rowInput(model);
  const expected = shape.reduce((product, size) => product * size, 1);
  if (expected < 0 ? values.length % expected !== 0 : values.length !== expected) {
    throw new PictorError(
      'invalid_request',
      `unable to make predictions: ${values.length} values came, but the input of "${model.name}" has ${Math.abs(expected)}.`,
      { details: { count: values.length, expected: Math.abs(expected) } },
    );
  }
  const sizes = shape.map((size) => (size < 0 ? values.length / -expected : size));
  const tensor = { dtype, shape: sizes, data: ARRAYS[dtype].from(values) } as TensorValue;
  const [output] = (await model.run(signature, new Map([[input, tensor]]))).values();
  if (!(output.data instanceof Float32Array || output.data instanceof Float64Array)) {
    throw new PictorError(
      'invalid_request',
      `unable to make predictions: "${model.name}" does not answer with numbers.`,
    );
  }
  return output.data.subarray(0, output.data.length / (output.shape[0] || 1));
}

/** Of the signature that is asked without a name, else of the only one that has one input of numbers. One size may be free. */
function rowInput({ name, signatures }: ModelInUse) {
  const names = Object.hasOwn(signatures, DEFAULT_SIGNATURE) ? [DEFAULT_SIGNATURE] : Object.keys(signatures);
  for (const signature of names) {
    const inputs = Object.entries(signatures[signature].inputs);
    const [[input, { dtype, shape }]] = inputs;
    if (inputs.length !== 1 || !Object.hasOwn(ARRAYS, dtype)) continue;
    const sizes = (shape ?? [1, -1]).map((size, axis) => (axis === 0 && size < 0 ? 1 : size));
    if (sizes.filter((size) => size < 0).length <= 1) {
      return { signature, input, dtype: dtype as RowType, shape: sizes };
    }
  }
  throw new PictorError(
    'invalid_request',
    `unable to make predictions: "${name}" has no signature that takes one row of numbers.`,
  );
}
