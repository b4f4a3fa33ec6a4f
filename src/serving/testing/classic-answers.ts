/** @file What TensorFlow answers for models as its tutorials export them; both were written by scripts/classic-models.py. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** One folder for each model. */
export const CLASSIC_FOLDER = fileURLToPath(new URL('../../formats/tensorflow/read/testing/classic', import.meta.url));

/** Bytes of a text as base64. */
export type ClassicScalar = number | string | { readonly b64: string };

export interface ClassicTensor {
  readonly shape: readonly number[];
  /** Row by row. */
  readonly values: readonly ClassicScalar[];
}

export interface ClassicAnswer {
  readonly model: string;
  readonly signature: string;
  readonly inputs: Readonly<Record<string, ClassicTensor>>;
  readonly outputs: Readonly<Record<string, ClassicTensor>>;
}

export const CLASSIC_ANSWERS: readonly ClassicAnswer[] = JSON.parse(
  readFileSync(path.join(CLASSIC_FOLDER, 'answers.json'), 'utf8'),
);
