/** @file Which of a graph's signatures answers pictures, and how many classes it tells apart. */
import type { GraphSignature, GraphTensor, ImageShape, InputLayout, PictureSignature } from '../../contracts/index.ts';
import { describeNetwork } from '../../nn/index.ts';
import type { ImportedModel } from '../imported-model.ts';
import { pictureInput } from './picture-input.ts';

/** Names that mean the answer when a signature has several outputs, the surest first. */
const ANSWER_NAMES = ['probabilities', 'scores', 'predictions', 'output_0', 'logits'];

export interface FoundPictureSignature {
  readonly signature: PictureSignature;
  readonly image: ImageShape;
  readonly layout: InputLayout;
  /** Null when the shape leaves them open. */
  readonly classes: number | null;
}

/**
 * Takes `serving_default` where it has one input for pictures and an output `[n, classes]`, else the first one that has.
 * @param known sizes that the shapes leave open
 */
export function findPictureSignature(
  signatures: Readonly<Record<string, Pick<GraphSignature, 'inputs' | 'outputs'>>>,
  known: Partial<ImageShape> = {},
): FoundPictureSignature | null {
  const names = Object.keys(signatures).sort((a, b) => rank(a) - rank(b));
  for (const name of names) {
    const { inputs, outputs } = signatures[name];
    const taken = Object.entries(inputs);
    if (taken.length !== 1 || !isNumber(taken[0][1])) continue;
    const picture = pictureInput(taken[0][1], known);
    const output = answerOf(outputs);
    if (!picture || !output) continue;
    const last = outputs[output].shape?.at(-1) ?? -1;
    const signature = { name, input: taken[0][0], output };
    return { signature, image: picture.image, layout: picture.layout, classes: last > 0 ? last : null };
  }
  return null;
}

/** What people are told of signatures whose graph takes so many pictures at a time, no more and no fewer. */
export function fixedBatchWarnings(signatures: Readonly<Record<string, GraphSignature>>): string[] {
  return Object.entries(signatures).flatMap(([name, { inputs }]) => {
    const [tensor, ...others] = Object.values(inputs);
    const [count = -1, ...sides] = tensor?.shape ?? [];
    if (count < 2 || others.length > 0 || !isNumber(tensor) || !pictureInput({ shape: [-1, ...sides] })) return [];
    return `The signature "${name}" takes exactly ${count} pictures at a time: it answers tensors of this shape, but no picture files. An export with a batch of any size answers both.`;
  });
}

/** How many labels a model needs; null when it does not tell, or answers no pictures. */
export function classesOf(model: ImportedModel): number | null {
  if (model.network) {
    const { spec } = model.network;
    return (
      describeNetwork(spec)
        .layers.find(({ name }) => name === spec.output)
        ?.outputShape.at(-1) ?? null
    );
  }
  return findPictureSignature(model.signatures, model.input ?? {})?.classes ?? null;
}

function answerOf(outputs: Readonly<Record<string, GraphTensor>>): string | null {
  const fitting = Object.keys(outputs).filter((name) => {
    const { dtype, shape } = outputs[name];
    return (
      (dtype === 'DT_FLOAT' || dtype === 'DT_DOUBLE' || dtype === 'DT_HALF') && (shape === null || shape.length === 2)
    );
  });
  return ANSWER_NAMES.find((name) => fitting.includes(name)) ?? fitting[0] ?? null;
}

function isNumber({ dtype }: GraphTensor): boolean {
  return dtype !== 'DT_STRING' && dtype !== 'DT_BOOL';
}

function rank(name: string): number {
  return name === 'serving_default' ? 0 : 1;
}
