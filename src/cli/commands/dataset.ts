/** @file `pictor dataset`: what was understood of a dataset, and what is wrong with it. */
import { Command } from 'commander';
import { type DatasetFinding, type DatasetManifest, type ImageShape, SPLITS } from '../../contracts/index.ts';
import { describeSource, parseDatasetSource, prepareDataset } from '../../dataset/index.ts';
import {
  type CommonOptions,
  datasetCache,
  interruption,
  openContext,
  withCommonOptions,
  withUrlOptions,
} from '../context.ts';
import { DatasetProgress } from '../dataset-progress.ts';
import { type FetchOptions, localFetching } from '../fetching.ts';
import { wholeNumber } from '../options.ts';
import type { Output } from '../output.ts';
import { type PreparationOptions, withPreparationOptions } from '../preparation.ts';
import { type Column, count, integer, percent, plain, plainPath, table } from '../text.ts';

interface DatasetOptions extends CommonOptions, FetchOptions, PreparationOptions {}

export function datasetCommand(): Command {
  const command = new Command('dataset')
    .description('Prepares a dataset and shows what was understood and what is wrong with it, before any training.')
    .argument('<dataset>', 'as for train');
  withPreparationOptions(command).option('--seed <n>', 'chooses the validation images (default: 123)', wholeNumber);
  return withCommonOptions(withUrlOptions(command))
    .addHelpText(
      'after',
      '\nExamples:\n  pictor dataset ./photos\n  pictor dataset https://example.org/photos.zip --json',
    )
    .action(async (dataset: string, options: DatasetOptions) => {
      const { output, dataDirectory } = openContext(options);
      const source = parseDatasetSource(dataset);
      const progress = new DatasetProgress(output);
      const { signal, done } = interruption();
      const { validationSplit, seed, test } = options;
      try {
        const { manifest } = await prepareDataset(source, {
          cacheDirectory: datasetCache(dataDirectory),
          image: shapeOf(options),
          ...localFetching(options),
          signal,
          onProgress: (step) => progress.update(step),
          ...(validationSplit === undefined ? {} : { validationSplit }),
          ...(seed === undefined ? {} : { seed }),
          ...(test === undefined ? {} : { testSource: parseDatasetSource(test) }),
        });
        progress.end();
        output.event({ type: 'done', ...manifest });
        show(output, describeSource(source), manifest);
      } finally {
        progress.end();
        done();
      }
    });
}

function shapeOf({ imageSize: size, channels: wanted }: DatasetOptions): Partial<ImageShape> {
  return {
    ...(size === undefined ? {} : { height: size[0], width: size[1] }),
    ...(wanted === undefined ? {} : { channels: wanted }),
  };
}

function show(output: Output, title: string, manifest: DatasetManifest): void {
  const { classes, splits, image, originalSizes: sizes, format, contentHash, findings } = manifest;
  const total = SPLITS.reduce((sum, split) => sum + splits[split].count, 0);
  const kind = image.channels === 1 ? 'grey' : 'colour';
  output.line(`${output.style('bold', plainPath(title, 200))} (${format})`);
  output.line();
  output.line(`  ${count(total, 'picture')} in ${count(classes.length, 'class')}`);
  output.line(`  sizes     ${sizeRange(sizes)}; they become ${image.height}x${image.width} ${kind}`);
  output.line(`  contents  ${contentHash.slice(0, 16)}`);
  output.line();
  const present = SPLITS.filter((split) => splits[split].count > 0);
  const columns: Column[] = [
    { title: 'class' },
    ...present.map((title): Column => ({ title, align: 'right' })),
    { title: 'share', align: 'right' },
  ];
  const rows = classes.map((label, i) => {
    const counts = present.map((split) => splits[split].perClass[i]);
    return [plain(label, 40), ...counts.map(integer), percent(counts.reduce((a, b) => a + b, 0) / total)];
  });
  const totals = ['', ...present.map((split) => integer(splits[split].count)), ''];
  for (const line of table(columns, [...rows, totals])) output.line(`  ${line}`);
  output.line();
  showFindings(output, findings);
}

function showFindings(output: Output, findings: readonly DatasetFinding[]): void {
  if (findings.length === 0) output.line(`${output.style('green', 'No faults found.')}`);
  const styles = { error: 'red', warning: 'yellow', info: 'dim' } as const;
  for (const { severity, message, count: concerned, files } of findings) {
    output.line(`${output.style(styles[severity], `${severity}:`)} ${plain(message, 1000)}`);
    for (const file of files.slice(0, 5)) output.line(`  ${plainPath(file, 200)}`);
    const more = concerned - Math.min(5, files.length);
    if (files.length > 0 && more > 0) output.line(`  and ${integer(more)} more`);
  }
}

function sizeRange({ minWidth, maxWidth, minHeight, maxHeight, distinct }: DatasetManifest['originalSizes']): string {
  if (distinct === 1) return `all ${minHeight}x${minWidth}`;
  return `${integer(distinct)} different, height ${minHeight} to ${maxHeight}, width ${minWidth} to ${maxWidth}`;
}
