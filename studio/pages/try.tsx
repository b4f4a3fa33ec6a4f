/** @file Any model, tried by drawing or with a picture. */
import type { Failure } from '../api/request.ts';
import { Empty, PageHead, Skeleton } from '../components/basics.tsx';
import { Callout, ErrorCard } from '../components/messages.tsx';
import { findTarget } from '../draw/target.ts';
import { TryPanel } from '../draw/try-panel.tsx';
import { formatPercent } from '../logic/format.ts';
import { pageAddress } from '../logic/routes.ts';
import { bestKnownFigures } from '../logic/run-state.ts';
import { navigate } from '../state/router.ts';
import { listError, models } from '../state/store.ts';

export function TryPage({ name, version }: { name: string | null; version: number | null }) {
  const list = models.value?.filter(({ versions }) => versions.some(({ input }) => input));
  if (!list) {
    return (
      <div class="page">
        <PageHead title="Try a model" />
        {listError.value ? <ErrorCard error={listError.value} /> : <Skeleton lines={5} />}
      </div>
    );
  }
  if (list.length === 0 && name === null) {
    return (
      <div class="page">
        <PageHead title="Try a model" />
        <Empty icon="draw" title="There is no model to draw for yet">
          <p class="note">Train one with the sample digits, then draw a digit here.</p>
          <a class="button button-primary" href={pageAddress.start()}>
            Train one
          </a>
        </Empty>
      </div>
    );
  }
  const chosen = name ?? list[0]?.name ?? '';
  const model = list.find((each) => each.name === chosen);
  const target = findTarget(list, chosen, version);
  const other = models.value?.find((each) => each.name === chosen)?.versions ?? [];
  const takesNone = other.some((each) => version === null || each.version === version);
  return (
    <div class="page">
      <PageHead title="Try a model">
        <label class="inline-field">
          <span>Model</span>
          <select
            class="select"
            data-testid="try-model"
            value={chosen}
            onChange={(event) => navigate(pageAddress.try(event.currentTarget.value))}
          >
            {!model && <option value={chosen}>{chosen}</option>}
            {list.map((each) => (
              <option key={each.name} value={each.name}>
                {each.name}
              </option>
            ))}
          </select>
        </label>
        {model && (
          <label class="inline-field">
            <span>Version</span>
            <select
              class="select"
              data-testid="try-version"
              value={String(target?.version ?? '')}
              onChange={(event) => navigate(pageAddress.try(chosen, Number(event.currentTarget.value)))}
            >
              {!target && <option value="">{version}</option>}
              {model.versions.map((each) => (
                <option key={each.version} value={each.version}>
                  {each.version} ({formatPercent(bestKnownFigures(each.metrics).accuracy)})
                </option>
              ))}
            </select>
          </label>
        )}
      </PageHead>
      {target ? (
        <TryPanel key={`${target.name}/${target.version}`} target={target} />
      ) : takesNone ? (
        <Callout tone="info" title={`“${chosen}” takes no pictures, but numbers or texts.`}>
          <a class="button" href={pageAddress.model(chosen, version)}>
            See how to call it
          </a>
        </Callout>
      ) : (
        <ErrorCard error={notFound(chosen, version)} />
      )}
    </div>
  );
}

function notFound(name: string, version: number | null): Failure {
  const message = version === null ? `There is no model “${name}”.` : `There is no version ${version} of “${name}”.`;
  return { code: 'model_not_found', message, fix: 'Choose another one above.' };
}
