/** @file Compares a written model with the original: both run on the same sample pictures. */
import {
  type ExportFormat,
  type ExportOptions,
  type ImageShape,
  type Parity,
  PictorError,
  type PictureSignature,
  type ServedOutput,
} from '../../contracts/index.ts';
import { resizePixels } from '../../dataset/index.ts';
import { LAYER_OUTPUT } from '../../nn/index.ts';
import { importModel } from '../import/import-model.ts';
import { type Answers, type PictureBatch, runCompiled, runImported } from './run-pictures.ts';
import { SAMPLES, samplePictures } from './samples.ts';
import type { ExportSource } from './source.ts';

/** Rounding in float32 is some 1e-7 a layer; more is another model. */
const LARGEST_DIFFERENCE = 1e-3;

export interface Checked {
  readonly parity: Parity | null;
  /** Why there was nothing to compare. */
  readonly warning: string | null;
}

/**
 * @param place of the written file or folder
 * @throws `export_differs`
 */
export async function checkParity(
  source: ExportSource,
  format: ExportFormat,
  place: string,
  options: ExportOptions,
): Promise<Checked> {
  const { input, inputRange = '0..255' } = source.manifest;
  if (!input) return { parity: null, warning: 'The model takes no pictures, so that it was not run for comparison.' };
  const compared = comparedOutput(source, format);
  if (compared === null) return { parity: null, warning: 'No signature that takes pixels gives numbers to compare.' };
  const resizes = format === 'onnx' && source.model.network !== null && options.preprocessing !== false;
  const { given, seen } = resizes ? stretchedSamples(input) : plainSamples(input);
  let answers: Answers | null;
  try {
    const written = await importModel(place, { image: input });
    answers = await runImported(written, given, inputRange, compared.signature);
  } catch (error) {
    return { parity: null, warning: `It could not be read back for comparison: ${(error as Error).message}` };
  }
  const original = source.model.network
    ? await runCompiled(source.graph, seen, inputRange, compared.output)
    : await runImported(source.model, seen, inputRange, source.manifest.pictureSignature);
  if (!answers || !original) return { parity: null, warning: 'It has no signature for pictures to compare.' };
  return { parity: compare(original, answers, source, format), warning: null };
}

interface ComparedOutput {
  /** Of the original's graph. */
  readonly output: string;
  readonly signature?: PictureSignature;
}

/** A SavedModel has the signatures of the network's author; other formats give probabilities. */
function comparedOutput({ model }: ExportSource, format: ExportFormat): ComparedOutput | null {
  if ((format !== 'savedmodel' && format !== 'tfaas') || !model.network) return { output: 'output_0' };
  const { signatures, spec } = model.network;
  for (const [name, { input, outputs }] of Object.entries(signatures)) {
    if (input.kind !== 'pixels') continue;
    for (const [key, output] of Object.entries(outputs)) {
      const compiled = compiledOutput(output, spec.output);
      if (compiled) return { output: compiled, signature: { name, input: input.name, output: key } };
    }
  }
  return null;
}

function compiledOutput(output: ServedOutput, logits: string): string | null {
  if (output.kind === 'probabilities') return 'output_0';
  if (output.kind === 'logits') return `${LAYER_OUTPUT}${logits}`;
  return output.kind === 'layer' ? `${LAYER_OUTPUT}${output.layer}` : null;
}

interface Samples {
  /** To the written model. */
  readonly given: PictureBatch;
  /** To the original. */
  readonly seen: PictureBatch;
}

function plainSamples(image: ImageShape): Samples {
  const pictures = { data: samplePictures(image), count: SAMPLES, image };
  return { given: pictures, seen: pictures };
}

/** RGB of another size, and what Pictor makes of it. */
function stretchedSamples(image: ImageShape): Samples {
  const large: ImageShape = {
    height: Math.ceil(image.height * 1.3) + 3,
    width: Math.ceil(image.width * 1.6) + 1,
    channels: 3,
  };
  const data = samplePictures(large);
  const size = data.length / SAMPLES;
  const seen = Array.from({ length: SAMPLES }, (_, index) => {
    const pixels = Uint8Array.from(data.subarray(index * size, (index + 1) * size));
    return [...resizePixels({ data: pixels, ...large }, image)];
  });
  return {
    given: { data, count: SAMPLES, image: large },
    seen: { data: Float32Array.from(seen.flat()), count: SAMPLES, image },
  };
}

function compare(original: Answers, written: Answers, source: ExportSource, format: ExportFormat): Parity {
  const fail = (reason: string) => {
    const { name, version } = source;
    return new PictorError('export_differs', `Model "${name}:${version}" was not written as ${format}: ${reason}.`);
  };
  if (original.data.length !== written.data.length) {
    throw fail(`it answers [${written.shape.join(', ')}], the original [${original.shape.join(', ')}]`);
  }
  const row = original.data.length / SAMPLES;
  let [same, largest, scale] = [0, 0, 1];
  for (let index = 0; index < SAMPLES; index++) {
    const [own, other] = [original, written].map(({ data }) => data.subarray(index * row, (index + 1) * row));
    const best = indexOfLargest(own);
    // Where two classes are equal but for rounding, either may be first.
    if (other[best] >= other[indexOfLargest(other)] - 1e-6) same++;
    for (const [i, value] of own.entries()) {
      const apart = Math.abs(value - other[i]);
      if (!(apart <= largest)) largest = apart;
      scale = Math.max(scale, Math.abs(value));
    }
  }
  if (!(largest <= LARGEST_DIFFERENCE * scale)) {
    throw fail(`its answers are up to ${largest} from those of the original`);
  }
  return { images: SAMPLES, top1Agreement: same / SAMPLES, largestDifference: largest };
}

function indexOfLargest(values: Float32Array): number {
  return values.reduce((best, value, index) => (value > values[best] ? index : best), 0);
}
