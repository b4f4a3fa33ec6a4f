/** @file A model that a command line names, or what to do when there is none of that name. */
import { PictorError } from '../contracts/index.ts';
import type { ModelRegistry } from '../registry/index.ts';
import type { ModelReference } from './options.ts';
import { didYouMean } from './suggestion.ts';

interface Named {
  readonly name: string;
}
interface Place {
  readonly registry: {
    readonly list: () => Promise<readonly Named[]>;
    readonly versions: ModelRegistry['versions'];
  };
  readonly dataDirectory: string;
}

/** Versions that a message names. */
const MAX_NAMED = 10;

/**
 * Looks before the work begins whether the model is there.
 * @throws `model_not_found` with the name that is near, `model_version_not_found` with the versions that there are
 */
export async function checkModel({ registry, dataDirectory }: Place, wanted: ModelReference): Promise<void> {
  const { name, version } = wanted;
  const models = await registry.list();
  const found = models.find((model) => model.name === name);
  if (!found) throw unknownModel(name, dataDirectory, models);
  const versions = await registry.versions(name);
  if (version === undefined || versions.includes(version)) return;
  const named = versions.slice(0, MAX_NAMED).join(', ');
  const more = versions.length > MAX_NAMED ? `, and ${versions.length - MAX_NAMED} older` : '';
  throw new PictorError('model_version_not_found', `Model "${name}" has no version ${version}.`, {
    fix: `Its versions: ${named}${more}.`,
  });
}

function unknownModel(name: string, dataDirectory: string, models: readonly Named[]): PictorError {
  const shown = JSON.stringify(name.slice(0, 120));
  if (models.length === 0) {
    return new PictorError('model_not_found', `There is no model ${shown}: ${dataDirectory} has none yet.`, {
      fix: 'Train one with `pictor train sample:digits --name digits`, or name another --data-dir.',
    });
  }
  return new PictorError('model_not_found', `There is no model ${shown}.`, { fix: nearModel(name, models) });
}

/** `Did you mean digits?`, with where to see them all. */
export function nearModel(name: string, models: readonly Named[]): string {
  const near = didYouMean(
    name,
    models.map((model) => model.name),
  );
  return near === null ? 'List the models with `pictor models`.' : `${near} \`pictor models\` lists all.`;
}
