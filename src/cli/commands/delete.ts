/** @file `pictor delete`: removes a version, or a model with all of its versions. */

import { Command } from 'commander';
import { type CommonOptions, openContext, withCommonOptions } from '../context.ts';
import { checkModel } from '../known-model.ts';
import { type ModelReference, modelReference } from '../options.ts';

export function deleteCommand(): Command {
  const command = new Command('delete')
    .description('Deletes one version of a model, or the model with all of its versions.')
    .argument('<model>', 'NAME or NAME:VERSION', modelReference)
    .addHelpText('after', '\nExamples:\n  pictor delete digits:1\n  pictor delete digits');
  return withCommonOptions(command).action(async (model: ModelReference, options: CommonOptions) => {
    const context = openContext(options);
    const { output, registry } = context;
    const { name, version } = model;
    await registry.delete(name, version).catch(async (error) => {
      await checkModel(context, model);
      throw error;
    });
    output.event({ type: 'done', model: name, version: version ?? null });
    output.line(version === undefined ? `Deleted ${name} with all of its versions.` : `Deleted ${name}:${version}.`);
  });
}
