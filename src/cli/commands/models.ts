/** @file `pictor models`: what there is. */
import { Command } from 'commander';
import {
  type AnsweringVersion,
  answeringVersions,
  type ModelSummary,
  type ModelVersion,
} from '../../contracts/index.ts';
import { type CommonOptions, openContext, withCommonOptions } from '../context.ts';
import { byteSize, type Column, integer, localTime, percent, plain, plainLine, table } from '../text.ts';

export function modelsCommand(): Command {
  const command = new Command('models').description('Lists models and their versions, the newest first.');
  return withCommonOptions(command).action(async (options: CommonOptions) => {
    const { output, dataDirectory, registry } = openContext(options);
    const models = await registry.list();
    for (const model of models) output.event({ type: 'model', ...model });
    for (const { name, broken } of models) {
      for (const { version, error } of broken ?? []) {
        output.note(`${name}:${version} cannot be used: ${plainLine(error.message)}`);
      }
    }
    if (models.length === 0) {
      output.line(`There are no models in ${dataDirectory} yet.`);
      output.line('Train one:  pictor train sample:digits --name digits');
      return;
    }
    for (const line of modelLines(models)) output.line(line);
  });
}

const COLUMNS: readonly Column[] = [
  { title: 'model' },
  { title: 'network' },
  { title: 'input' },
  { title: 'classes', align: 'right' },
  { title: 'accuracy', align: 'right' },
  { title: 'size', align: 'right' },
  { title: 'published' },
];

/** Who answers is a question only where there is a choice. */
export function modelLines(models: readonly ModelSummary[]): string[] {
  const hasChoice = models.some(({ versions, routing }) => versions.length > 1 || routing);
  const rows = models.flatMap((model) => {
    const answering = answeringVersions(model);
    return model.versions.map((version, i) => [...row(version), ...(hasChoice ? [answeringText(answering[i])] : [])]);
  });
  return table(hasChoice ? [...COLUMNS, { title: 'answers' }] : COLUMNS, rows);
}

function answeringText({ share, labels }: AnsweringVersion): string {
  const requests = share === 1 ? ['all requests'] : share > 0 ? [`${percent(share)} of requests`] : [];
  return [...requests, ...labels.map((label) => `label ${plain(label)}`)].join(', ');
}

function row({ name, version, preset, input, labels, metrics, bytes, createdAt }: ModelVersion): string[] {
  const [split, accuracy] = bestKnown(metrics);
  return [
    `${name}:${version}`,
    plain(preset, 24),
    input ? `${input.height}x${input.width}x${input.channels}` : 'no pictures',
    integer(labels.length),
    accuracy === null ? '' : `${percent(accuracy)} ${split}`,
    byteSize(bytes),
    localTime(createdAt),
  ];
}

/** The accuracy that says most about new pictures, and what it was measured on. */
function bestKnown({ test_accuracy, validation_accuracy, accuracy }: ModelVersion['metrics']): [string, number | null] {
  if (test_accuracy !== null) return ['test      ', test_accuracy];
  if (validation_accuracy !== null) return ['validation', validation_accuracy];
  return ['training  ', accuracy];
}
