/** @file What a model file does not tell about pictures, and what is assumed instead. */
import type { ImageShape, InputRange, ModelManifest } from '../../contracts/index.ts';
import type { ImportedModel } from '../imported-model.ts';
import { classesOf, findPictureSignature, fixedBatchWarnings } from './picture-signature.ts';

/** What the person who imports may say. */
export interface ToldFacts {
  readonly labels?: readonly string[];
  readonly inputRange?: InputRange;
  readonly answers?: ModelManifest['answers'];
  readonly image?: Partial<ImageShape>;
}

export interface Assumption {
  /** Which fact would settle it. */
  readonly fact: keyof ToldFacts;
  /** What is assumed, and what that means. */
  readonly message: string;
}

export function assumptionsOf(model: ImportedModel, told: ToldFacts): Assumption[] {
  const picture = model.network ?? findPictureSignature(model.signatures, { ...model.input, ...told.image });
  if (!picture) {
    const message = 'No signature takes pictures of a known size, so that tensors alone are answered.';
    const isTold = told.image !== undefined || fixedBatchWarnings(model.signatures).length > 0;
    return isTold ? [] : [{ fact: 'image', message }];
  }
  const assumptions: Assumption[] = [];
  const classes = classesOf(model);
  if (!told.labels && !model.labels) {
    const names = classes === null ? 'their numbers' : `their numbers, 0 to ${classes - 1}`;
    assumptions.push({ fact: 'labels', message: `The file names no labels: classes are called by ${names}.` });
  }
  if (!told.inputRange && !model.inputRange) {
    const message = 'The file does not say what the numbers of a picture mean: 0..255 is assumed.';
    assumptions.push({ fact: 'inputRange', message });
  }
  if (!told.answers && !model.answers) {
    const message = 'The file does not say what it answers: probabilities are assumed.';
    assumptions.push({ fact: 'answers', message });
  }
  return assumptions;
}
