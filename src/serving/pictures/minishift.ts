/** @file Minishift's `POST /predict`: `{"data": [784 numbers]}` in, `{"prediction": 2}` out. */

import type { ModelTarget } from '../model-in-use.ts';
import type { Predictor } from '../predictor.ts';
import { numberOrText } from './labels.ts';
import { pictureShape } from './picture-shape.ts';
import { readPixels } from './pixels.ts';
import { topLabels } from './ranking.ts';

export interface MinishiftAnswer {
  /** A number when the label is one. */
  readonly prediction: number | string;
}

/**
 * @param data numbers 0..255 of one picture, nested in any way
 * @throws `pixels_invalid`, and as `Predictor.use`
 */
export function predictMinishift(predictor: Predictor, target: ModelTarget, data: unknown): Promise<MinishiftAnswer> {
  return predictor.use(target, async (model) => {
    const { labels } = model;
    const probabilities = await model.predictPixels(readPixels(data, pictureShape(model)), 1);
    const [{ label }] = topLabels(probabilities, labels, 1);
    return { prediction: numberOrText(label) };
  });
}
