/** @file TFaaS' predictions: a picture or a row of numbers in, the scores of all classes out. */
import { PictorError } from '../../contracts/index.ts';
import type { ModelInUse } from '../model-in-use.ts';
import { pictureShape } from '../picture-shape.ts';
import type { Predictor } from '../predictor.ts';
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

function runRow(model: ModelInUse, values: Float32Array): Promise<Float32Array> {
  const { height, width, channels } = pictureShape(model);
  const expected = height * width * channels;
  if (values.length === expected) return model.predictPixels(values, 1);
  throw new PictorError(
    'invalid_request',
    `unable to make predictions: ${values.length} values came, but the input of "${model.name}" has ${expected}.`,
    { details: { count: values.length, expected } },
  );
}
