/** @file All models with their newest version. */
import type { ModelSummary } from '../api/types.ts';
import { Ago, Empty, Name, PageHead, Skeleton } from '../components/basics.tsx';
import { BrokenVersions } from '../components/broken-versions.tsx';
import { ErrorCard } from '../components/messages.tsx';
import { ModelImport } from '../components/model-import.tsx';
import { answeringText } from '../logic/answering.ts';
import { formatBytes, formatCount, formatPercent, formatShape, plural } from '../logic/format.ts';
import { pageAddress } from '../logic/routes.ts';
import { bestKnownFigures } from '../logic/run-state.ts';
import { listError, models } from '../state/store.ts';

export function ModelsPage() {
  const list = models.value?.filter((model) => model.versions.length > 0);
  const broken = models.value?.filter((model) => (model.broken?.length ?? 0) > 0) ?? [];
  return (
    <div class="page">
      <PageHead title="Models" lead="What was published, and is served right now." />
      {!list && (listError.value ? <ErrorCard error={listError.value} /> : <Skeleton lines={5} />)}
      {broken.map((model) => (
        <BrokenVersions key={model.name} name={model.name} broken={model.broken ?? []} />
      ))}
      <ModelImport />
      {list?.length === 0 && (
        <Empty icon="models" title="No models yet">
          <p class="note">A model appears here as soon as a training has ended.</p>
          <a class="button" href={pageAddress.start()}>
            Train one
          </a>
        </Empty>
      )}
      {list && list.length > 0 && (
        <ul class="model-list" data-testid="model-list">
          {list.map((model) => (
            <li key={model.name}>
              <ModelCard model={model} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Labels on a card. */
const SHOWN = 10;

function ModelCard({ model }: { model: ModelSummary }) {
  const [newest] = model.versions;
  const best = bestKnownFigures(newest.metrics);
  const answering = answeringText(model);
  return (
    <article class="card model-card">
      <div class="model-head">
        <h2>
          <a class="card-link" href={pageAddress.model(model.name)}>
            <Name>{model.name}</Name>
          </a>
        </h2>
        <span class="note">
          version {newest.version}
          {model.versions.length > 1 && `, ${model.versions.length} kept`}
        </span>
      </div>
      {best.accuracy === null ? (
        <p class="note">imported from {newest.origin?.file ?? 'a file'}</p>
      ) : (
        <p class="model-accuracy">
          {formatPercent(best.accuracy)}
          <span class="note">{best.split} accuracy</span>
        </p>
      )}
      {answering && <p class="note">{answering}</p>}
      {newest.labels.length > 0 && (
        <p class="chips">
          {newest.labels.slice(0, SHOWN).map((label) => (
            <span class="chip" key={label}>
              <Name>{label}</Name>
            </span>
          ))}
          {newest.labels.length > SHOWN && (
            <span class="chip chip-more">+{formatCount(newest.labels.length - SHOWN)}</span>
          )}
        </p>
      )}
      <p class="note model-facts">
        {newest.labels.length > 0 && `${plural(newest.labels.length, 'label')} · `}
        {newest.input ? formatShape(newest.input) : 'no pictures'} · {formatBytes(newest.bytes)} ·{' '}
        <Ago at={newest.createdAt} />
      </p>
      {newest.input && (
        <a class="button button-small model-try" href={pageAddress.try(model.name)}>
          Try it
        </a>
      )}
    </article>
  );
}
