/** @file One model: its versions, how good it is, how to call it. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { client } from '../api/client.ts';
import { describeError, type Failure } from '../api/request.ts';
import type { ModelManifest, ModelSummary, ModelVersion } from '../api/types.ts';
import { Ago, Facts, Name, PageHead, Section, Skeleton } from '../components/basics.tsx';
import { BrokenVersions } from '../components/broken-versions.tsx';
import { CallExamples } from '../components/call-examples.tsx';
import { ConfirmButton } from '../components/confirm.tsx';
import { Curves } from '../components/curves.tsx';
import { EvaluationReport } from '../components/evaluation.tsx';
import { Icon } from '../components/icons.tsx';
import { ErrorCard } from '../components/messages.tsx';
import { InspectionSections } from '../components/model-inspection.tsx';
import { servedNote } from '../logic/answering.ts';
import { formatBytes, formatCount, formatMoment, formatPercent, formatShape } from '../logic/format.ts';
import { pageAddress } from '../logic/routes.ts';
import { bestKnownFigures } from '../logic/run-state.ts';
import { notify } from '../state/notice.ts';
import { navigate } from '../state/router.ts';
import { models, refresh } from '../state/store.ts';
import { useInspection } from '../state/use-inspection.ts';

const BACK = { href: pageAddress.models(), label: 'Models' };

export function ModelPage({ name, version }: { name: string; version: number | null }) {
  const model = models.value?.find((each) => each.name === name);
  const shown = version === null ? model?.versions[0] : model?.versions.find((each) => each.version === version);
  if (!models.value) return <Missing name={name} waiting />;
  if (!model || !shown) return <Missing name={name} waiting={false} version={version} />;
  return <ModelView model={model} shown={shown} />;
}

function Missing({ name, version = null, waiting }: { name: string; version?: number | null; waiting: boolean }) {
  const what = version === null ? `no model “${name}”` : `no version ${version} of a model “${name}”`;
  return (
    <div class="page">
      <PageHead title={<Name wide>{name}</Name>} back={BACK} />
      {waiting ? (
        <Skeleton lines={5} />
      ) : (
        <ErrorCard
          error={{ code: 'model_not_found', message: `There is ${what}.`, fix: 'Choose one from the list of models.' }}
        />
      )}
    </div>
  );
}

function ModelView({ model, shown }: { model: ModelSummary; shown: ModelVersion }) {
  const { name } = model;
  const manifest = useSignal<ModelManifest | null>(null);
  const failure = useSignal<Failure | null>(null);
  const inspection = useInspection(name, shown.version);
  useEffect(() => {
    let current = true;
    manifest.value = null;
    failure.value = null;
    client.modelVersion(name, shown.version).then(
      (found) => {
        if (current) manifest.value = found;
      },
      (error: unknown) => {
        if (current) failure.value = describeError(error);
      },
    );
    return () => {
      current = false;
    };
  }, [name, shown.version]);

  const removeVersion = async () => {
    await client.deleteModelVersion(name, shown.version);
    await refresh.models();
    notify(`Version ${shown.version} deleted`);
    navigate(model.versions.length > 1 ? pageAddress.model(name) : pageAddress.models());
  };
  const removeModel = async () => {
    await client.deleteModel(name);
    await refresh.models();
    notify('Model deleted');
    navigate(pageAddress.models());
  };
  return (
    <div class="page">
      <PageHead title={<Name wide>{name}</Name>} back={BACK}>
        <ConfirmButton
          label="Delete model"
          question={`Delete ${name} with all its versions?`}
          explanation={`${formatCount(model.versions.length)} of them. Whoever calls it gets an error from then on. This cannot be undone.`}
          confirm="Delete model"
          testid="model-delete"
          onConfirm={removeModel}
        />
        {shown.input && (
          <a class="button button-primary" href={pageAddress.try(name, shown.version)} data-testid="model-try">
            <Icon name="draw" />
            Try it
          </a>
        )}
      </PageHead>
      <BrokenVersions name={name} broken={model.broken ?? []} />
      <Versions model={model} shown={shown} />
      <Section
        title={`Version ${shown.version}`}
        id="version"
        actions={
          model.versions.length > 1 && (
            <ConfirmButton
              label="Delete version"
              question={`Delete version ${shown.version}?`}
              explanation="The other versions stay. This cannot be undone."
              confirm="Delete version"
              testid="version-delete"
              onConfirm={removeVersion}
            />
          )
        }
      >
        <VersionFacts shown={shown} />
        {shown.labels.length > 0 && <Labels labels={shown.labels} />}
      </Section>
      <Section title="Call it" id="call" note={<a href={pageAddress.api()}>More ways</a>}>
        <CallExamples version={shown} state={inspection} />
      </Section>
      <InspectionSections version={shown} state={inspection} />
      {failure.value && <ErrorCard error={failure.value} />}
      {!manifest.value && !failure.value && <Skeleton lines={4} />}
      {manifest.value && (
        <>
          {manifest.value.evaluation && (
            <EvaluationReport metrics={manifest.value.metrics} evaluation={manifest.value.evaluation} />
          )}
          {manifest.value.history.length > 0 && (
            <Section title="Learning" id="learning">
              <Curves points={[]} history={manifest.value.history} epochs={manifest.value.history.at(-1)?.epoch ?? 1} />
            </Section>
          )}
        </>
      )}
    </div>
  );
}

const SHOWN_LABELS = 200;

function Labels({ labels }: { labels: readonly string[] }) {
  return (
    <p class="chips">
      <span class="visually-hidden">Labels: </span>
      {labels.slice(0, SHOWN_LABELS).map((label) => (
        <span class="chip" key={label}>
          <Name>{label}</Name>
        </span>
      ))}
      {labels.length > SHOWN_LABELS && (
        <span class="chip chip-more">and {formatCount(labels.length - SHOWN_LABELS)} more</span>
      )}
    </p>
  );
}

function VersionFacts({ shown }: { shown: ModelVersion }) {
  return (
    <div class="card recipe">
      <Facts
        facts={[
          { label: 'Input', value: shown.input ? formatShape(shown.input) : 'no pictures' },
          ...(shown.labels.length > 0 ? [{ label: 'Labels', value: formatCount(shown.labels.length) }] : []),
          { label: 'Network', value: shown.preset },
          { label: 'Parameters', value: formatCount(shown.parameters) },
          { label: 'Size', value: formatBytes(shown.bytes) },
          { label: 'Published', value: formatMoment(shown.createdAt) },
          ...(shown.run ? [{ label: 'Run', value: <a href={pageAddress.run(shown.run)}>{shown.run}</a> }] : []),
        ]}
      />
    </div>
  );
}

function Versions({ model, shown }: { model: ModelSummary; shown: ModelVersion }) {
  if (model.versions.length < 2) return null;
  return (
    <nav class="versions" aria-label="Versions">
      {model.versions.map((each) => (
        <a
          key={each.version}
          class="version"
          href={pageAddress.model(model.name, each.version)}
          aria-current={each.version === shown.version ? 'true' : undefined}
        >
          <span class="version-name">
            Version {each.version}
            <span class="note"> {servedNote(model, each.version)}</span>
          </span>
          <span class="version-facts">
            {formatPercent(bestKnownFigures(each.metrics).accuracy)}
            <span class="note">
              <Ago at={each.createdAt} />
            </span>
          </span>
        </a>
      ))}
    </nav>
  );
}
