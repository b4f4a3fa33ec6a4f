/** @file What to train on a dataset: a name, a network, and what experts may want to change. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { client } from '../api/client.ts';
import { describeError, type Failure } from '../api/request.ts';
import type { PresetInfo, RunRequest } from '../api/types.ts';
import { formatCompact, formatShape } from '../logic/format.ts';
import { isModelName, suggestName } from '../logic/names.ts';
import { pageAddress } from '../logic/routes.ts';
import { BLANK_FIELDS, CHOICES, parseTrainOptions, type TrainFields } from '../logic/train-options.ts';
import { navigate } from '../state/router.ts';
import { keepRun, loadPresets, models, presets } from '../state/store.ts';
import { Skeleton } from './basics.tsx';
import { ChoiceField, TextField } from './fields.tsx';
import { Icon } from './icons.tsx';
import { ErrorCard } from './messages.tsx';

export function TrainForm(props: { dataset: string; title: string }) {
  const name = useSignal(suggestName(props.title));
  const chosen = useSignal<string | null>(null);
  const fields = useSignal<TrainFields>(BLANK_FIELDS);
  const busy = useSignal(false);
  const failure = useSignal<Failure | null>(null);
  useEffect(loadPresets, []);

  /** Null: the dataset decides. */
  const preset = chosen.value;
  const nameFault = isModelName(name.value)
    ? null
    : 'Use letters, digits, dots, dashes and underscores; start with a letter or a digit.';
  const newest = models.value?.find((model) => model.name === name.value)?.versions[0];
  const usual = presets.value?.find((each) => each.name === preset);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (nameFault || busy.value) return;
    const options = parseTrainOptions(fields.value);
    if ('fault' in options) {
      failure.value = {
        code: 'training_option_invalid',
        message: options.fault,
        fix: 'Correct the field, or leave it empty.',
      };
      return;
    }
    const wanted: RunRequest = {
      dataset: props.dataset,
      name: name.value,
      ...(preset ? { model: preset } : {}),
      ...options.options,
    };
    busy.value = true;
    failure.value = null;
    try {
      const run = await client.startRun(wanted);
      keepRun(run);
      navigate(pageAddress.run(run.id));
    } catch (error) {
      failure.value = describeError(error);
    }
    busy.value = false;
  };

  return (
    <form class="card train-form" onSubmit={submit} aria-labelledby="train-title" noValidate>
      <h2 id="train-title">Train a model</h2>
      <TextField
        id="train-name"
        label="Name"
        value={name.value}
        maxLength={100}
        fault={nameFault}
        hint={newest ? `Becomes version ${newest.version + 1} of this model.` : 'The model is served under this name.'}
        onInput={(text) => {
          name.value = text;
        }}
      />
      <PresetChoice
        presets={presets.value}
        selected={preset}
        onSelect={(value) => {
          chosen.value = value;
        }}
      />
      <Field
        name="epochs"
        label="Epochs"
        hint="How often it goes over all pictures."
        placeholder={automatic(usual?.epochs)}
        fields={fields}
        inputMode="numeric"
      />
      <details class="details">
        <summary>Advanced options</summary>
        <div class="field-grid">
          <Field
            name="batchSize"
            label="Batch size"
            placeholder={automatic(usual?.batchSize)}
            fields={fields}
            inputMode="numeric"
          />
          <Field name="learningRate" label="Learning rate" fields={fields} inputMode="decimal" />
          <Choice name="schedule" label="Learning rate over time" fields={fields} options={CHOICES.schedule} />
          <Field name="warmupEpochs" label="Warm-up epochs" placeholder="0" fields={fields} inputMode="decimal" />
          <Choice name="optimizer" label="Optimizer" fields={fields} options={CHOICES.optimizer} />
          <Field name="momentum" label="Momentum" placeholder="of sgd, rmsprop" fields={fields} inputMode="decimal" />
          <Field name="weightDecay" label="Weight decay" fields={fields} inputMode="decimal" />
          <Field
            name="globalClipNorm"
            label="Largest gradient norm"
            placeholder="any"
            fields={fields}
            inputMode="decimal"
          />
          <Choice name="loss" label="Loss" fields={fields} options={CHOICES.loss} />
          <Field name="labelSmoothing" label="Label smoothing" placeholder="0" fields={fields} inputMode="decimal" />
          <Choice name="classWeights" label="Class weights" fields={fields} options={CHOICES.classWeights} />
          <Choice name="channels" label="Colours" fields={fields} options={['1', '3']} words={['grey', 'colour']} />
          <Field name="imageSize" label="Picture size" placeholder="e.g. 28x28" fields={fields} inputMode="text" />
          <Field
            name="validationSplit"
            label="Validation share"
            placeholder="0.2"
            fields={fields}
            inputMode="decimal"
          />
          <Field name="seed" label="Seed" fields={fields} inputMode="numeric" />
          <Field name="patience" label="Stop after epochs without gain" fields={fields} inputMode="numeric" />
          <Choice
            name="augment"
            label="Random changes of pictures"
            fields={fields}
            options={['auto', 'none']}
            words={['by the pictures', 'none']}
          />
        </div>
        <p class="help">What is left empty is chosen by the dataset and the network, and recorded with the run.</p>
      </details>
      {failure.value && <ErrorCard error={failure.value} />}
      <button
        type="submit"
        class="button button-primary button-wide"
        data-testid="train-button"
        disabled={busy.value || nameFault !== null}
      >
        <Icon name="play" />
        {busy.value ? 'Starting' : 'Train'}
      </button>
    </form>
  );
}

function PresetChoice(props: {
  presets: readonly PresetInfo[] | null;
  selected: string | null;
  onSelect: (name: string | null) => void;
}) {
  if (!props.presets) return <Skeleton lines={2} />;
  return (
    <fieldset class="presets">
      <legend>Network</legend>
      <PresetOption
        value=""
        title="automatic"
        text="Network, epochs, learning rate and random changes fit the dataset; the run says why."
        isSelected={props.selected === null}
        onSelect={() => props.onSelect(null)}
      />
      {props.presets.map((preset) => (
        <PresetOption
          key={preset.name}
          value={preset.name}
          title={preset.name}
          text={preset.description}
          facts={presetFacts(preset)}
          isSelected={props.selected === preset.name}
          onSelect={() => props.onSelect(preset.name)}
        />
      ))}
    </fieldset>
  );
}

function PresetOption(props: {
  value: string;
  title: string;
  text: string;
  facts?: string;
  isSelected: boolean;
  onSelect: () => void;
}) {
  return (
    <label class="preset">
      <input type="radio" name="preset" value={props.value} checked={props.isSelected} onChange={props.onSelect} />
      <span class="preset-body">
        <span class="preset-name">{props.title}</span>
        <span class="preset-text">{props.text}</span>
        {props.facts && <span class="preset-facts">{props.facts}</span>}
      </span>
    </label>
  );
}

function presetFacts({ imageSize, channels, parameters }: PresetInfo): string {
  const shape = imageSize
    ? formatShape({ height: imageSize[0], width: imageSize[1], channels: channels ?? 3 })
    : 'any size';
  return parameters ? `${shape} · ${formatCompact(parameters)} parameters` : shape;
}

/** What stands in an empty field. */
function automatic(usual: number | undefined): string {
  return usual === undefined ? 'automatic' : `automatic (${usual})`;
}

interface OptionProps {
  readonly name: keyof TrainFields;
  readonly label: string;
  readonly fields: { value: TrainFields };
}

function Field(
  props: OptionProps & { hint?: string; placeholder?: string; inputMode: 'numeric' | 'decimal' | 'text' },
) {
  const { name, fields, placeholder, ...shown } = props;
  return (
    <TextField
      {...shown}
      id={`train-${name}`}
      placeholder={placeholder ?? automatic(undefined)}
      value={fields.value[name]}
      onInput={(text) => {
        fields.value = { ...fields.value, [name]: text };
      }}
    />
  );
}

function Choice(props: OptionProps & { options: readonly string[]; words?: readonly string[] }) {
  const { name, fields, ...shown } = props;
  return (
    <ChoiceField
      {...shown}
      id={`train-${name}`}
      empty="automatic"
      value={fields.value[name]}
      onChoose={(option) => {
        fields.value = { ...fields.value, [name]: option };
      }}
    />
  );
}
