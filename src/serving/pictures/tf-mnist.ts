/** @file fullstack-tensor-flow's `POST /tf/mnist/MODEL`: one picture in, the three most probable digits out. */

import type { Predictor } from '../predictor.ts';
import { numberOrText } from './labels.ts';
import { topLabels } from './ranking.ts';

/** As its `MNIST_LIMIT`. */
const LIMIT = 3;

export interface TfMnistAnswer {
  /** Most probable first. */
  readonly classification_result: readonly { readonly digit: number | string; readonly probability: number }[];
}

/**
 * The picture becomes what the model was trained on: decoded, grey or RGB, its size, its range of numbers.
 * @throws `image_invalid`, `image_too_large`, and as `Predictor.use`
 */
export function predictTfMnist(predictor: Predictor, name: string, picture: Uint8Array): Promise<TfMnistAnswer> {
  return predictor.use({ name }, async (model) => {
    const { probabilities } = await model.predictPictures([picture]);
    const best = topLabels(probabilities, model.labels, LIMIT);
    return {
      classification_result: best.map(({ label, probability }) => ({ digit: numberOrText(label), probability })),
    };
  });
}
