/** @file What is said of TensorFlow's files that cannot be read or run. */
import { PictorError } from '../../../contracts/index.ts';

/** The file is not what it says it is. */
export function damaged(file: string, reason: string, fix?: string, cause?: unknown): PictorError {
  const options = { ...(fix === undefined ? {} : { fix }), ...(cause === undefined ? {} : { cause }) };
  return new PictorError('model_file_invalid', `${file} cannot be read: ${reason}.`, options);
}

/** A sound model, of which a part cannot be computed here. Caught for each signature, so that the others still work. */
export class Unsupported extends Error {
  override readonly name = 'Unsupported';
  /** What it is about, in the file's own words: operators, mostly. */
  readonly parts: readonly string[];
  readonly fix: string | undefined;

  constructor(message: string, parts: readonly string[], fix?: string) {
    super(message);
    this.parts = parts;
    this.fix = fix;
  }
}
