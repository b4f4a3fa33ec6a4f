/** @file Pictor's own predict call: pictures or pixels in, labels and probabilities out. */
import type { ImageShape, LabelProbability, Prediction } from '../../contracts/index.ts';
import { encodePng } from '../../dataset/index.ts';
import type { ModelInUse, ModelTarget } from '../model-in-use.ts';
import type { Predictor } from '../predictor.ts';
import { pictureShape } from './picture-shape.ts';
import { readPixels } from './pixels.ts';
import { topLabels } from './ranking.ts';

export type PredictInput =
  | { readonly kind: 'pictures'; readonly pictures: readonly NamedPicture[] }
  /** Numbers 0..255 of one picture, nested in any way. */
  | { readonly kind: 'pixels'; readonly data: unknown };

export interface NamedPicture {
  /** What the answer calls it: mostly its file name. */
  readonly name: string;
  /** The picture file. */
  readonly bytes: Uint8Array;
}

export interface PredictOptions {
  /** How many labels per picture. Default 10. */
  readonly top?: number;
  /** Below this probability, 0..1, a picture is none of the classes. Default 0. */
  readonly threshold?: number;
  /** Gives back the pictures as the model sees them. Default false. */
  readonly seen?: boolean;
}

export interface SeenPrediction extends Prediction {
  /** The most probable one; null when it is less probable than the threshold. */
  readonly label: string | null;
  /** Of the most probable one. */
  readonly probability: number;
  /** Data URL of a PNG. */
  readonly seen?: string;
}

export interface PredictAnswer {
  readonly model: string;
  readonly version: number;
  /** Of the picture, when there is one only, as the three below. */
  readonly label?: string | null;
  readonly probability?: number;
  readonly predictions?: readonly LabelProbability[];
  readonly seen?: string;
  readonly results: readonly SeenPrediction[];
}

/** @throws `pixels_invalid`, `image_invalid`, `image_too_large`, and as `Predictor.use` */
export function predictOwn(
  predictor: Predictor,
  target: ModelTarget,
  input: PredictInput,
  { top = 10, threshold = 0, seen = false }: PredictOptions = {},
): Promise<PredictAnswer> {
  return predictor.use(target, async (model) => {
    const { name, version } = model;
    const ran = await run(model, input);
    const labels = labelsFor(model, ran);
    const results: SeenPrediction[] = [];
    for (const [index, image] of ran.names.entries()) {
      const row = ran.probabilities.subarray(index * labels.length, (index + 1) * labels.length);
      const picture = seen ? { seen: await dataUrl(ran.seen[index], pictureShape(model)) } : {};
      const predictions = topLabels(row, labels, top);
      const [{ label, probability }] = predictions;
      results.push({ image, label: probability >= threshold ? label : null, probability, predictions, ...picture });
    }
    const [{ image: _, ...only }] = results;
    const single = results.length === 1 ? only : {};
    return { model: name, version: Number(version), ...single, results };
  });
}

interface Ran {
  readonly names: readonly string[];
  readonly probabilities: Float32Array;
  readonly seen: readonly Uint8Array[];
}

async function run(model: ModelInUse, input: PredictInput): Promise<Ran> {
  if (input.kind === 'pictures') {
    const ran = await model.predictPictures(input.pictures.map((picture) => picture.bytes));
    return { names: input.pictures.map((picture) => picture.name), ...ran };
  }
  const pixels = readPixels(input.data, pictureShape(model));
  // Rounded before the pixels are given away.
  const picture = Uint8Array.from(pixels, Math.round);
  return { names: ['pixels'], probabilities: await model.predictPixels(pixels, 1), seen: [picture] };
}

/** Numbers in place of the labels that nobody told. */
function labelsFor({ labels }: ModelInUse, { names, probabilities }: Ran): readonly string[] {
  if (labels.length > 0 || names.length === 0) return labels;
  return Array.from({ length: probabilities.length / names.length }, (_, index) => String(index));
}

async function dataUrl(picture: Uint8Array, shape: ImageShape): Promise<string> {
  return `data:image/png;base64,${(await encodePng(picture, shape)).toString('base64')}`;
}
