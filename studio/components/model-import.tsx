/** @file Brings in a model of another tool: a file that is dropped or chosen, or the address of one. */
import { useSignal } from '@preact/signals';
import { client } from '../api/client.ts';
import { describeError, type Failure } from '../api/request.ts';
import { formatBytes } from '../logic/format.ts';
import { isModelName, suggestName } from '../logic/names.ts';
import { pageAddress } from '../logic/routes.ts';
import { notify } from '../state/notice.ts';
import { navigate } from '../state/router.ts';
import { refresh } from '../state/store.ts';
import { DropZone } from './drop-zone.tsx';
import { ChoiceField, TextField } from './fields.tsx';
import { Icon } from './icons.tsx';
import { ErrorCard } from './messages.tsx';

const ACCEPT = '.keras,.h5,.hdf5,.onnx,.gz,.tgz,.tar';
const AS_TOLD = 'as the file says';
const RANGES = ['0..255', '0..1', '-1..1'];

export function ModelImport() {
  const file = useSignal<File | null>(null);
  const url = useSignal('');
  const name = useSignal('');
  const labels = useSignal('');
  const inputRange = useSignal('');
  const answers = useSignal('');
  const failure = useSignal<Failure | null>(null);
  const busy = useSignal(false);
  const nameFault =
    name.value === '' || isModelName(name.value) ? null : 'Letters, digits, dots, dashes and underscores.';
  const isReady = (file.value !== null || /^https?:\/\/./i.test(url.value)) && name.value !== '' && nameFault === null;

  const submit = async (event: Event) => {
    event.preventDefault();
    busy.value = true;
    failure.value = null;
    const told = {
      ...(labels.value.trim() ? { labels: labels.value.split(/\r?\n/).map((line) => line.trim()) } : {}),
      ...(inputRange.value ? { inputRange: inputRange.value } : {}),
      ...(answers.value ? { answers: answers.value } : {}),
    };
    // A trailing line break is no label.
    while (told.labels?.at(-1) === '') told.labels.pop();
    try {
      const done = file.value
        ? await client.importFile(name.value, file.value, told)
        : await client.importUrl(name.value, url.value, told);
      await refresh.models();
      for (const warning of done.warnings) notify(warning, 'problem');
      notify(`Imported as version ${done.version}`);
      navigate(pageAddress.model(done.model, done.version));
    } catch (error) {
      failure.value = describeError(error);
    }
    busy.value = false;
  };

  return (
    <details class="card details import-card" data-testid="model-import">
      <summary>Import a model</summary>
      <form class="import-form" onSubmit={submit} noValidate>
        <DropZone
          accept={ACCEPT}
          label={file.value ? file.value.name : 'Drop a model file'}
          hint={
            file.value ? formatBytes(file.value.size) : 'Keras .keras or .h5, ONNX, TFaaS .tar.gz; or click to choose'
          }
          testid="import-file"
          onFile={(chosen) => {
            file.value = chosen;
            url.value = '';
            if (name.value === '') name.value = suggestName(chosen.name);
          }}
        />
        <div class="field-grid">
          <TextField
            id="import-url"
            label="Or its address"
            value={url.value}
            placeholder="https://"
            onInput={(text) => {
              url.value = text;
              if (text !== '') file.value = null;
            }}
          />
          <TextField
            id="import-name"
            label="Name"
            value={name.value}
            fault={nameFault}
            onInput={(text) => {
              name.value = text;
            }}
          />
          <ChoiceField
            id="import-range"
            label="Numbers of a picture"
            value={inputRange.value}
            empty={AS_TOLD}
            options={RANGES}
            onChoose={(value) => {
              inputRange.value = value;
            }}
          />
          <ChoiceField
            id="import-answers"
            label="Answers"
            value={answers.value}
            empty={AS_TOLD}
            options={['probabilities', 'logits']}
            onChoose={(value) => {
              answers.value = value;
            }}
          />
        </div>
        <div class="field">
          <label for="import-labels">Labels, one a line, in the order of the outputs</label>
          <textarea
            id="import-labels"
            class="input"
            rows={4}
            spellcheck={false}
            value={labels.value}
            onInput={(event) => {
              labels.value = event.currentTarget.value;
            }}
          />
          <p class="help">What is left empty is taken from the file, where it tells. Nothing in a file is run.</p>
        </div>
        {failure.value && <ErrorCard error={failure.value} />}
        <button
          type="submit"
          class="button button-primary"
          data-testid="import-button"
          disabled={busy.value || !isReady}
        >
          <Icon name="upload" />
          {busy.value ? 'Importing' : 'Import'}
        </button>
      </form>
    </details>
  );
}
