/** @file JSON of a model file. */
import { PictorError } from '../../../contracts/index.ts';

/** @throws `model_file_invalid` */
export function readJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PictorError('model_file_invalid', `${what} cannot be read: its JSON is damaged.`, { cause });
  }
}
