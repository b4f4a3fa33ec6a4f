/** @file `pictor inspect`: what a model file or a published version is made of. */

import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { type ModelInspection, PictorError } from '../../contracts/index.ts';
import { inspectFile } from '../../formats/index.ts';
import { isModelName, type ModelRegistry } from '../../registry/index.ts';
import { type CommonOptions, openContext, withCommonOptions } from '../context.ts';
import { inspectionText } from '../inspection-text.ts';
import { nearModel } from '../known-model.ts';

export function inspectCommand(): Command {
  const command = new Command('inspect')
    .description('Shows format, signatures, layers, parameters and operations of a model. Nothing is imported.')
    .argument('<model>', 'NAME, NAME:VERSION, or a file or folder of any format that can be imported')
    .addHelpText(
      'after',
      '\nExamples:\n  pictor inspect digits:2\n  pictor inspect model.keras\n  pictor inspect ./saved_model --json',
    );
  return withCommonOptions(command).action(async (subject: string, options: CommonOptions) => {
    const { output, registry } = openContext(options);
    const { inspection, published } = await inspect(subject, registry);
    output.event({ type: 'inspection', ...inspection });
    for (const line of inspectionText(output, inspection, published)) output.line(line);
  });
}

/** A published model goes before a file of the same name; anything with a slash is a file. */
async function inspect(
  subject: string,
  registry: ModelRegistry,
): Promise<{ readonly inspection: ModelInspection; readonly published: string | null }> {
  const [, name, version] = /^([^:/\\]+)(?::(\d{1,15}))?$/.exec(subject) ?? [];
  const isModel = name !== undefined && isModelName(name) && (await registry.versions(name)).length > 0;
  if (isModel) {
    const inspection = await registry.inspect(name, version === undefined ? undefined : Number(version));
    return { inspection, published: name };
  }
  if (existsSync(subject)) return { inspection: await inspectFile(subject), published: null };
  throw new PictorError(
    'model_not_found',
    `There is neither a model nor a file ${JSON.stringify(subject.slice(0, 200))}.`,
    { fix: `${nearModel(name ?? subject, await registry.list())} A file needs its path.` },
  );
}
