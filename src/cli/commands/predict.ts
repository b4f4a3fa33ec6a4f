/** @file `pictor predict`: labels and probabilities for pictures. */

import { readFile, stat } from 'node:fs/promises';
import { Command } from 'commander';
import { asPictorError, errorBody, type ImageShape, PictorError, type Prediction } from '../../contracts/index.ts';
import { createInferencePool } from '../../runtime/index.ts';
import { type ModelInUse, Predictor, pictureShape, topLabels, UNBOUNDED } from '../../serving/index.ts';
import { type CommonOptions, openContext, withCommonOptions } from '../context.ts';
import { CommandFailed } from '../failure.ts';
import { inOrder } from '../in-order.ts';
import { checkModel } from '../known-model.ts';
import { type ModelReference, modelReference, positiveNumber } from '../options.ts';
import type { Output } from '../output.ts';
import { percent, plain, plainLine, plainPath, width } from '../text.ts';

interface PredictOptions extends CommonOptions {
  readonly top?: number;
}

/** Enough to fill a batch while others are decoded, and no more memory than this for them. */
const MAX_AT_ONCE = 64;
const MAX_BYTES_AT_ONCE = 128 * 2 ** 20;
/** Longer files are no pictures that anybody means to classify. */
const MAX_PICTURE_BYTES = 256 * 2 ** 20;
const TOP_IN_TEXT = 3;
const MAX_NAME = 40;
const MAX_LABEL = 24;

export function predictCommand(): Command {
  const command = new Command('predict')
    .description(
      'Asks a model what is in pictures. One line a picture; a picture that cannot be read does not stop the others.',
    )
    .argument('<model>', 'NAME or NAME:VERSION (default: the newest version)', modelReference)
    .argument('<image...>', 'picture files')
    .option('--top <k>', `how many labels to show (default: ${TOP_IN_TEXT}; all with --json)`, positiveNumber)
    .addHelpText(
      'after',
      '\nExamples:\n  pictor predict digits seven.png\n  pictor predict flowers:2 *.jpg --top 1 --json',
    );
  return withCommonOptions(command).action(async (model: ModelReference, images: string[], options: PredictOptions) => {
    const context = openContext(options);
    const { output, registry } = context;
    await checkModel(context, model);
    const { name, version } = await registry.manifest(model.name, model.version);
    const pool = createInferencePool();
    // One version is all that is asked for here.
    const predictor = new Predictor({ registry, pool, maxLoaded: 1, ...UNBOUNDED });
    let failures = 0;
    try {
      await predictor.start();
      await predictor.use({ name, version }, async (used) => {
        const widths = widthsOf(images, used.labels);
        const answers = inOrder(images, atOnce(pictureShape(used)), (image) => predictOne(used, image, options));
        for await (const answer of answers) {
          if (answer.status === 'fulfilled') show(output, answer.value, widths);
          else failures += 1;
          if (answer.status === 'rejected') showError(output, answer.item, answer.reason);
        }
      });
    } finally {
      await predictor.close();
      await pool.close();
    }
    if (failures > 0) throw new CommandFailed(`${failures} pictures could not be read.`);
  });
}

function atOnce({ height, width, channels }: ImageShape): number {
  const floats = height * width * channels;
  return Math.max(1, Math.min(MAX_AT_ONCE, Math.floor(MAX_BYTES_AT_ONCE / (floats * 4))));
}

interface Widths {
  readonly nameWidth: number;
  readonly labelWidth: number;
}

function widthsOf(images: readonly string[], labels: readonly string[]): Widths {
  const widest = (texts: readonly string[]) => texts.reduce((most, text) => Math.max(most, width(text)), 0);
  return {
    nameWidth: widest(images.map((image) => plainPath(image, MAX_NAME))),
    labelWidth: widest(labels.map((label) => plain(label, MAX_LABEL))),
  };
}

async function predictOne(model: ModelInUse, image: string, { top, json }: PredictOptions): Promise<Prediction> {
  const { probabilities } = await model.predictPictures([await readPicture(image)]);
  const labels = model.labels.length > 0 ? model.labels : Array.from(probabilities, (_, index) => String(index));
  return { image, predictions: topLabels(probabilities, labels, top ?? (json ? labels.length : TOP_IN_TEXT)) };
}

async function readPicture(image: string): Promise<Uint8Array> {
  const found = await stat(image).catch(() => null);
  if (!found) throw unreadable(`There is no file ${image}.`, 'Check the path.');
  if (!found.isFile()) throw unreadable(`${image} is not a file.`, 'Name picture files, such as photos/*.jpg.');
  if (found.size > MAX_PICTURE_BYTES) throw unreadable(`${image} has ${found.size} bytes.`, 'Give a smaller file.');
  return await readFile(image);
}

function unreadable(message: string, fix: string): PictorError {
  return new PictorError('image_invalid', message, { fix });
}

function show(output: Output, { image, predictions }: Prediction, { nameWidth, labelWidth }: Widths): void {
  output.event({ image, predictions });
  const shown = plainPath(image, MAX_NAME);
  const gap = ' '.repeat(Math.max(0, nameWidth - width(shown)));
  const answers = predictions.map(({ label, probability }, i) => {
    const name = plain(label, MAX_LABEL);
    const text = `${name}${' '.repeat(Math.max(0, labelWidth - width(name)))} ${percent(probability).padStart(6)}`;
    return i === 0 ? output.style('bold', text) : output.style('dim', text);
  });
  output.line(`${shown}${gap}  ${answers.join('  ')}`);
}

function showError(output: Output, image: string, reason: unknown): void {
  const error = asPictorError(reason);
  output.event({ image, ...errorBody(error) });
  if (output.json) return;
  const reasonAndFix = plainLine(`${error.message} ${error.fix}`);
  output.note(`${output.styleNote('red', 'error:')} ${plainPath(image, 200)}: ${reasonAndFix}`);
}
