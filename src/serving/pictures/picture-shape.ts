/** @file The pictures that a model takes. */
import { type ImageShape, PictorError } from '../../contracts/index.ts';
import type { ModelInUse } from '../model-in-use.ts';

/** @throws `model_has_no_pictures` */
export function pictureShape({ name, input }: ModelInUse): ImageShape {
  if (input) return input;
  throw new PictorError('model_has_no_pictures', `Model "${name}" has no signature that takes pictures.`);
}
