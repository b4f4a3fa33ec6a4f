/** @file `pictor import`: a model file of another tool becomes a version. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { Command, Option } from 'commander';
import { INPUT_RANGES, type InputRange, PictorError } from '../../contracts/index.ts';
import { parseLabels, type ToldFacts } from '../../formats/index.ts';
import { type ImportOutcome, type ImportRequest, importToRegistry } from '../../jobs/index.ts';
import { type CommonOptions, interruption, openContext, withCommonOptions, withUrlOptions } from '../context.ts';
import { type FetchOptions, localFetching } from '../fetching.ts';
import { channels, imageSize } from '../options.ts';
import type { Output } from '../output.ts';
import { integer, plain, plainLine, shellWord } from '../text.ts';

interface ImportOptions extends CommonOptions, FetchOptions {
  readonly name: string;
  readonly labels?: string;
  readonly inputRange?: InputRange;
  readonly answers?: 'probabilities' | 'logits';
  readonly imageSize?: readonly [number, number];
  readonly channels?: 1 | 3;
}

const MAX_LABELS_BYTES = 16 * 2 ** 20;

/** How a fact is told on the command line. */
const FLAGS: Readonly<Record<keyof ToldFacts, string>> = {
  labels: '--labels FILE',
  inputRange: `--input-range ${INPUT_RANGES.join(' or ')}`,
  answers: '--answers logits',
  image: '--image-size HxW',
};

export function importCommand(): Command {
  const command = new Command('import')
    .description(
      'Reads a Keras, TensorFlow, TF.js, TFaaS or ONNX model and publishes it as the next version of NAME. No Python is needed, and no code of the file is run.',
    )
    .argument('<source>', '.keras, .h5, .onnx, SavedModel folder, model.json, .tar.gz, or an http(s) URL of a file')
    .requiredOption('--name <name>', 'name to publish the model under')
    .option('--labels <file>', 'labels in the order of the outputs: one a line, or a JSON list')
    .addOption(
      new Option(
        '--input-range <range>',
        'numbers that the model wants of a picture (default: as the file says)',
      ).choices([...INPUT_RANGES]),
    )
    .addOption(
      new Option('--answers <kind>', 'what it gives (default: as the file says)').choices(['probabilities', 'logits']),
    )
    .option('--image-size <HxW>', 'size of its pictures, where the model leaves it open', imageSize)
    .option('--channels <n>', '1 (grey) or 3 (colour), where the model leaves it open', channels);
  return withCommonOptions(withUrlOptions(command))
    .addHelpText('after', EXAMPLES)
    .action(async (source: string, options: ImportOptions) => {
      const { output, dataDirectory, registry } = openContext(options);
      const { signal, done } = interruption();
      try {
        const request = await requestOf(source, options);
        const settings = { registry, dataDirectory, ...localFetching(options), signal };
        report(
          output,
          await importToRegistry(request, settings).catch((error) => Promise.reject(withCommand(error, source))),
        );
      } finally {
        done();
      }
    });
}

const EXAMPLES = `
Examples:
  pictor import model.keras --name flowers --labels labels.txt
  pictor import ./saved_model --name digits --input-range 0..1
  pictor import https://example.org/resnet50.onnx --name photos --labels imagenet.txt`;

async function requestOf(source: string, options: ImportOptions): Promise<ImportRequest> {
  const { name, labels, inputRange, answers, imageSize: size, channels: depth } = options;
  return {
    name,
    source: /^https?:\/\//i.test(source) ? { kind: 'url', url: source } : { kind: 'path', path: path.resolve(source) },
    ...(labels === undefined ? {} : { labels: await readLabels(labels) }),
    ...(inputRange ? { inputRange } : {}),
    ...(answers ? { answers } : {}),
    ...(size || depth
      ? { image: { ...(size ? { height: size[0], width: size[1] } : {}), ...(depth ? { channels: depth } : {}) } }
      : {}),
  };
}

/** A folder of several models: the command that imports the first one. */
function withCommand(error: unknown, source: string): unknown {
  if (!(error instanceof PictorError) || error.code !== 'model_format_unknown') return error;
  const [first] = Array.isArray(error.details?.models) ? error.details.models : [];
  if (typeof first !== 'string') return error;
  const { code, message, details } = error;
  const name = first.replace(/\.(keras|h5|hdf5|onnx)$/i, '').replace(/[^A-Za-z0-9._-]+/g, '-');
  return new PictorError(code, message, {
    fix: `Run:  pictor import ${shellWord(path.join(source, first))} --name ${name}`,
    ...(details ? { details } : {}),
  });
}

async function readLabels(file: string): Promise<string[]> {
  const stats = await stat(file).catch(() => null);
  const reason = !stats?.isFile() ? 'is no file' : stats.size > MAX_LABELS_BYTES ? 'is too large for labels' : null;
  if (reason) throw new PictorError('model_labels_invalid', `${file} ${reason}.`);
  return parseLabels(await readFile(file, 'utf8'), path.basename(file));
}

function report(output: Output, { version, warnings, assumptions }: ImportOutcome): void {
  const { name, version: number, labels, input, parameters, origin } = version;
  const notes = [...warnings, ...assumptions.map(({ fact, message }) => `${message} To change it: ${FLAGS[fact]}.`)];
  output.event({ type: 'done', model: name, version: number, origin, parameters, labels, input, warnings: notes });
  if (!output.json) for (const note of notes) output.note(`${output.styleNote('yellow', 'note:')} ${plainLine(note)}`);
  const made = plain(origin?.producer ?? origin?.format ?? '', 60);
  output.line(`Imported ${output.style('bold', `${name}:${number}`)}: ${made}, ${integer(parameters)} parameters`);
  output.line(input ? `\nTry it:  pictor predict ${name} IMAGE...` : `\nSee what it takes:  pictor inspect ${name}`);
  output.line('Serve it:  pictor up');
}
