/** @file Which version of a model answers, as pages tell it. */
import { answeringVersions } from '../../src/contracts/index.ts';
import type { ModelSummary } from '../api/types.ts';
import { formatPercent } from './format.ts';

/** `version 3 answers 90.0%, version 4 10.0% · canary: version 4`; null where there is one version alone, and no label. */
export function answeringText(model: ModelSummary): string | null {
  if (model.versions.length < 2 && !model.routing) return null;
  const versions = answeringVersions(model);
  const shares = versions
    .filter(({ share }) => share > 0)
    .map(({ version, share }, i) => {
      const answers = i === 0 ? ' answers' : '';
      return `version ${version}${answers}${share < 1 ? ` ${formatPercent(share)}` : ''}`;
    });
  const labels = versions.flatMap(({ version, labels }) => labels.map((label) => `${label}: version ${version}`));
  return [shares.join(', '), ...labels].filter((part) => part !== '').join(' · ');
}

/** What one version answers and is called: `90.0% of the requests, stable`. */
export function servedNote(model: ModelSummary, version: number): string {
  const { share, labels } = answeringVersions(model).find((each) => each.version === version) ?? {
    share: 0,
    labels: [],
  };
  const served = share === 1 ? ['served by default'] : share > 0 ? [`${formatPercent(share)} of the requests`] : [];
  return [...served, ...labels].join(', ');
}
