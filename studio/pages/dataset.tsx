/** @file One dataset: its check while it goes on, then what was found, and the way to a model. */
import { client } from '../api/client.ts';
import type { DatasetRecord } from '../api/types.ts';
import { Badge, Name, PageHead, Progress, Skeleton } from '../components/basics.tsx';
import { ConfirmButton } from '../components/confirm.tsx';
import { DatasetReport } from '../components/dataset-report.tsx';
import { DATASET_TONES, DATASET_WORDS } from '../components/dataset-state.ts';
import { ErrorCard } from '../components/messages.tsx';
import { TrainForm } from '../components/train-form.tsx';
import { formatPercent } from '../logic/format.ts';
import { datasetName } from '../logic/names.ts';
import { pageAddress } from '../logic/routes.ts';
import { useDataset } from '../state/follow.ts';
import { notify } from '../state/notice.ts';
import { navigate } from '../state/router.ts';
import { forgetDataset } from '../state/store.ts';

const BACK = { href: pageAddress.start(), label: 'Data' };

export function DatasetPage({ id }: { id: string }) {
  const { record, error } = useDataset(id);
  const dataset = record.value;
  if (!dataset) {
    return (
      <div class="page">
        <PageHead title="Dataset" back={BACK} />
        {error.value ? <ErrorCard error={error.value} /> : <Skeleton lines={5} />}
      </div>
    );
  }
  const remove = async () => {
    await client.deleteDataset(id);
    forgetDataset(id);
    notify('Dataset deleted');
    navigate(pageAddress.start());
  };
  return (
    <div class="page page-wide">
      <PageHead
        title={<Name wide>{datasetName(dataset.title)}</Name>}
        lead={dataset.source.kind === 'url' && <span class="address">{dataset.title}</span>}
        back={BACK}
      >
        <Badge tone={DATASET_TONES[dataset.state]} testid="dataset-state">
          {DATASET_WORDS[dataset.state]}
        </Badge>
        {dataset.manifest && (
          <a class="button button-primary show-narrow" href="#train-title">
            Train
          </a>
        )}
        {(dataset.state === 'ready' || dataset.state === 'failed') && (
          <ConfirmButton
            label="Delete"
            question="Delete this dataset?"
            explanation="Models and runs that were made from it stay. The pictures are removed from this server."
            confirm="Delete dataset"
            testid="dataset-delete"
            onConfirm={remove}
          />
        )}
      </PageHead>
      {error.value && <ErrorCard error={error.value} />}
      {dataset.error && (
        <ErrorCard error={dataset.error} title="This dataset cannot be used" testid="dataset-error">
          <a class="button" href={pageAddress.start()}>
            Give another one
          </a>
        </ErrorCard>
      )}
      {dataset.manifest ? (
        <div class="split-page">
          <div class="split-main">
            <DatasetReport id={id} manifest={dataset.manifest} />
          </div>
          <aside class="split-side" aria-label="Training">
            <TrainForm dataset={dataset.id} title={dataset.title} />
          </aside>
        </div>
      ) : (
        !dataset.error && <CheckProgress dataset={dataset} />
      )}
    </div>
  );
}

const PHASES: Readonly<Record<DatasetRecord['state'], string>> = {
  queued: 'Waiting for its turn.',
  fetching: 'Fetching the files.',
  preparing: 'Reading every picture, looking for faults and copies.',
  ready: 'Ready.',
  failed: 'Failed.',
};

function CheckProgress({ dataset }: { dataset: DatasetRecord }) {
  return (
    <div class="card check-progress" data-testid="dataset-progress">
      <div class="check-row">
        <p role="status">{PHASES[dataset.state]}</p>
        {dataset.progress !== null && <span class="figure">{formatPercent(dataset.progress, 0)}</span>}
      </div>
      <Progress value={dataset.progress} label="Check of the dataset" />
    </div>
  );
}
