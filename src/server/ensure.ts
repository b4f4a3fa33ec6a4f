/** @file "Train if there is no model, then serve": `--ensure NAME[=DATASET]`. */
import { type DatasetSource, isTerminal, PictorError } from '../contracts/index.ts';
import { parseDatasetSource } from '../dataset/index.ts';
import type { Services } from './services.ts';

export interface Ensured {
  readonly name: string;
  readonly dataset: DatasetSource;
}

/** @throws `invalid_setting`, `dataset_not_found`, `url_invalid` */
export function parseEnsure(text: string): Ensured {
  const at = text.indexOf('=');
  const name = (at < 0 ? text : text.slice(0, at)).trim();
  const dataset = at < 0 ? 'sample:digits' : text.slice(at + 1).trim();
  if (name === '' || dataset === '') {
    throw new PictorError(
      'invalid_setting',
      `The setting ensure is ${JSON.stringify(text)}; expected NAME or NAME=DATASET.`,
    );
  }
  return { name, dataset: parseDatasetSource(dataset) };
}

/**
 * Starts a training when the model has no version that can be served and none is on its way.
 * @returns id of the run that was started, else null
 */
export async function ensureModel(
  { registry, runs, log }: Pick<Services, 'registry' | 'runs' | 'log'>,
  { name, dataset }: Ensured,
): Promise<string | null> {
  await registry.checkName(name);
  const summary = (await registry.list()).find((model) => model.name === name);
  if (summary && summary.versions.length > 0) return null;
  const active = (await runs.list()).find((run) => run.name === name && !isTerminal(run.state));
  if (active) return null;
  const run = await runs.submit({ dataset, name });
  log.info(`There is no model "${name}" yet; run ${run.id} trains it.`);
  return run.id;
}
