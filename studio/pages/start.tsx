/** @file The first page: a dataset comes in, by address, as a file, or from the product itself. */
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { client, uploadDataset } from '../api/client.ts';
import { describeError, type Failure, isAbort } from '../api/request.ts';
import type { DatasetRecord } from '../api/types.ts';
import { Badge, Name, Progress, Section } from '../components/basics.tsx';
import { DATASET_TONES, DATASET_WORDS } from '../components/dataset-state.ts';
import { DropZone } from '../components/drop-zone.tsx';
import { Icon } from '../components/icons.tsx';
import { ErrorCard } from '../components/messages.tsx';
import { SampleDigits } from '../components/sample-digits.tsx';
import { formatBytes, formatPercent, plural } from '../logic/format.ts';
import { datasetName, datasetPlace, isDatasetUrl, suggestName } from '../logic/names.ts';
import { pageAddress } from '../logic/routes.ts';
import { navigate } from '../state/router.ts';
import { datasets, keepDataset, keepRun } from '../state/store.ts';

const FILES = '.zip,.tgz,.tar.gz,.tar,.npz,.gz,.pkl.gz';

export function StartPage() {
  return (
    <div class="page page-start">
      <header class="hero">
        <h1 tabIndex={-1} id="page-title">
          What should it learn to see?
        </h1>
        <p class="lead">
          Give Pictor labelled pictures. It checks them, trains a model on this machine, and serves it.
        </p>
      </header>
      <DatasetInput />
      {(datasets.value?.length ?? 0) > 0 ? <RecentDatasets datasets={datasets.value ?? []} /> : <Layouts />}
    </div>
  );
}

function DatasetInput() {
  const url = useSignal('');
  const busy = useSignal<'check' | 'train' | 'sample' | 'upload' | null>(null);
  const upload = useSignal<{ file: File; share: number } | null>(null);
  const failure = useSignal<Failure | null>(null);
  const stopUpload = useRef(new AbortController());

  const attempt = async (what: NonNullable<typeof busy.value>, work: () => Promise<string>) => {
    if (busy.value) return;
    busy.value = what;
    failure.value = null;
    try {
      navigate(await work());
    } catch (error) {
      if (!isAbort(error)) failure.value = describeError(error);
    }
    busy.value = null;
    upload.value = null;
  };
  const checked = (record: DatasetRecord) => {
    keepDataset(record);
    return pageAddress.dataset(record.id);
  };
  const withUrl = (what: 'check' | 'train', work: (address: string) => Promise<string>) => () => {
    const address = url.value.trim();
    if (isDatasetUrl(address)) return attempt(what, () => work(address));
    failure.value = {
      code: 'invalid_request',
      message: address === '' ? 'There is no address yet.' : `“${address}” is not the address of a file on the web.`,
      fix: 'Paste an address that starts with http:// or https://, or choose a file below.',
    };
  };
  const check = withUrl('check', async (address) =>
    checked(await (address === 'sample:digits' ? client.checkSample() : client.checkUrl(address))),
  );
  const train = withUrl('train', async (address) => {
    const run = await client.startRun({ dataset: address, name: suggestName(address) });
    keepRun(run);
    return pageAddress.run(run.id);
  });
  const sample = () => attempt('sample', async () => checked(await client.checkSample()));
  const send = (file: File) =>
    attempt('upload', async () => {
      stopUpload.current = new AbortController();
      upload.value = { file, share: 0 };
      const onProgress = (share: number) => {
        upload.value = { file, share };
      };
      return checked(await uploadDataset(file, onProgress, stopUpload.current.signal));
    });

  return (
    <div class="intake">
      <form
        class="card intake-card"
        aria-label="Dataset"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void check();
        }}
      >
        <label class="intake-label" for="dataset-url">
          Address of a dataset
        </label>
        <div class="intake-row">
          <span class="intake-field">
            <Icon name="link" />
            <input
              id="dataset-url"
              class="input input-large"
              type="url"
              inputMode="url"
              autocomplete="off"
              spellcheck={false}
              placeholder="https://…/flower_photos.tgz"
              data-testid="dataset-input"
              value={url.value}
              onInput={(event) => {
                url.value = event.currentTarget.value;
              }}
            />
          </span>
          <button type="submit" class="button button-large" data-testid="dataset-submit" disabled={busy.value !== null}>
            {busy.value === 'check' ? 'Checking' : 'Check'}
          </button>
          <button
            type="button"
            class="button button-large button-primary"
            data-testid="dataset-train"
            disabled={busy.value !== null}
            onClick={train}
          >
            {busy.value === 'train' ? 'Starting' : 'Train'}
          </button>
        </div>
        {failure.value && <ErrorCard error={failure.value} testid="dataset-error" />}
        {upload.value ? (
          <div class="upload" data-testid="upload">
            <div class="upload-row">
              <span>
                Sending <bdi>{upload.value.file.name}</bdi>, {formatBytes(upload.value.file.size)}
              </span>
              <span>{formatPercent(upload.value.share, 0)}</span>
              <button type="button" class="button button-small" onClick={() => stopUpload.current.abort()}>
                Stop
              </button>
            </div>
            <Progress value={upload.value.share} label="Sent" />
          </div>
        ) : (
          <DropZone
            accept={FILES}
            label="Drop an archive here, or choose a file"
            hint="zip, tgz, tar, npz, IDX or pkl.gz"
            testid="dataset-file"
            disabled={busy.value !== null}
            onFile={send}
          />
        )}
      </form>
      <button
        type="button"
        class="card sample-card"
        data-testid="use-sample"
        disabled={busy.value !== null}
        onClick={sample}
      >
        <SampleDigits />
        <span class="sample-words">
          <span class="sample-title">{busy.value === 'sample' ? 'Drawing the digits' : 'Use sample digits'}</span>
          <span class="note">
            Nothing at hand? Pictor draws thousands of handwritten digits itself. Needs no network.
          </span>
        </span>
        <Icon name="next" />
      </button>
    </div>
  );
}

function RecentDatasets({ datasets: list }: { datasets: readonly DatasetRecord[] }) {
  return (
    <Section title="Datasets" id="recent">
      <ul class="card rows" data-testid="dataset-list">
        {list.slice(0, 50).map((dataset) => (
          <li key={dataset.id}>
            <a class="row" href={pageAddress.dataset(dataset.id)}>
              <span class="row-main">
                <Name>{datasetName(dataset.title)}</Name>
                <span class="note" title={dataset.title}>
                  {summaryOf(dataset)}
                </span>
              </span>
              <Badge tone={DATASET_TONES[dataset.state]}>{DATASET_WORDS[dataset.state]}</Badge>
              <Icon name="chevron" />
            </a>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function summaryOf({ title, manifest, error }: DatasetRecord): string {
  if (error) return error.message;
  const place = datasetPlace(title);
  if (!manifest) return place ?? 'On its way';
  const { train, validation, test } = manifest.splits;
  const total = train.count + validation.count + test.count;
  return `${plural(total, 'picture')} in ${plural(manifest.classes.length, 'class', 'classes')}${place ? `, from ${place}` : ''}`;
}

function Layouts() {
  return (
    <Section title="What it reads" id="layouts">
      <ul class="layouts">
        <li>
          <h3>Class folders</h3>
          <p class="note">One folder for each class, in any archive, with or without train and test.</p>
          <code>{'tulips/1.jpg\nroses/7.png'}</code>
        </li>
        <li>
          <h3>Arrays</h3>
          <p class="note">A NumPy archive, or MNIST as a pickle: read, never executed.</p>
          <code>{'x_train  y_train\nx_test   y_test'}</code>
        </li>
        <li>
          <h3>IDX files</h3>
          <p class="note">As MNIST and Fashion-MNIST come, gzipped or not, in one archive.</p>
          <code>{'train-images-idx3-ubyte.gz\ntrain-labels-idx1-ubyte.gz'}</code>
        </li>
      </ul>
    </Section>
  );
}
