/** @file One run: where it is, how it learns, what came of it. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { client } from '../api/client.ts';
import { describeError } from '../api/request.ts';
import type { RunRecord } from '../api/types.ts';
import { Name, PageHead, Progress, Section, Skeleton } from '../components/basics.tsx';
import { ConfirmButton } from '../components/confirm.tsx';
import { Curves } from '../components/curves.tsx';
import { EvaluationReport } from '../components/evaluation.tsx';
import { Icon } from '../components/icons.tsx';
import { Callout, ErrorCard } from '../components/messages.tsx';
import { RunBadge } from '../components/run-badge.tsx';
import { Attempts, LiveFacts, LostTrainer, RecipeFacts, RunLog } from '../components/run-parts.tsx';
import { Timeline } from '../components/timeline.tsx';
import { findTarget } from '../draw/target.ts';
import { TryPanel } from '../draw/try-panel.tsx';
import type { CurvePoint } from '../logic/curve.ts';
import { pageAddress } from '../logic/routes.ts';
import { announce, isActive, STATE_SENTENCES } from '../logic/run-state.ts';
import { useRun } from '../state/follow.ts';
import { notify } from '../state/notice.ts';
import { navigate } from '../state/router.ts';
import { forgetRun, keepRun, models, refresh } from '../state/store.ts';

const BACK = { href: pageAddress.runs(), label: 'Runs' };

export function RunPage({ id }: { id: string }) {
  const { record, points, error } = useRun(id);
  const run = record.value;
  if (!run) {
    return (
      <div class="page">
        <PageHead title="Run" back={BACK} />
        {error.value ? <ErrorCard error={error.value} /> : <Skeleton lines={6} />}
      </div>
    );
  }
  return (
    <div class="page">
      <PageHead title={<Name wide>{run.name}</Name>} back={BACK}>
        <RunBadge run={run} testid="run-state" />
        {isActive(run.state) ? <CancelButton run={run} /> : <DeleteButton run={run} />}
      </PageHead>
      <p class="visually-hidden" role="status" aria-live="polite">
        {announce(run)}
      </p>
      {error.value && <ErrorCard error={error.value} />}
      <RunBody run={run} points={points.value} />
    </div>
  );
}

function RunBody({ run, points }: { run: RunRecord; points: readonly CurvePoint[] }) {
  const epochs = run.recipe?.epochs ?? run.training?.epochs ?? run.history.length;
  return (
    <>
      <div class="card run-card">
        <Timeline run={run} />
        {isActive(run.state) && (
          <>
            <div>
              <p class="run-sentence">{run.cancelRequested ? 'Stopping.' : STATE_SENTENCES[run.state]}</p>
              <Progress value={run.progress} label="Progress of the run" testid="run-progress" />
            </div>
            <LiveFacts run={run} />
          </>
        )}
      </div>
      <LostTrainer run={run} />
      {run.error && (
        <ErrorCard
          error={run.error}
          title={run.state === 'failed' ? 'The run failed' : 'The run ended'}
          testid="run-error"
        >
          <a class="button" href={pageAddress.start()}>
            Start anew
          </a>
        </ErrorCard>
      )}
      {run.state === 'cancelled' && !run.model && (
        <Callout tone="info" title="Cancelled before an epoch was finished">
          <p class="callout-text">There was nothing to keep, so no model was published.</p>
        </Callout>
      )}
      {run.model && <Published run={run} model={run.model} />}
      {run.metrics && <EvaluationReport metrics={run.metrics} evaluation={run.evaluation} />}
      {(points.length > 0 || run.history.length > 0) && (
        <Section title="Learning" id="learning">
          <Curves points={points} history={run.history} epochs={epochs} />
        </Section>
      )}
      <Section title="Log" id="log">
        <RunLog lines={run.log} />
      </Section>
      <Section title="Details" id="details">
        <RecipeFacts run={run} />
        <Attempts run={run} />
      </Section>
    </>
  );
}

/** The end of the way: the model answers, and can be tried at once. */
function Published({ run, model }: { run: RunRecord; model: { name: string; version: number } }) {
  const target = findTarget(models.value ?? [], model.name, model.version);
  const known = models.value !== null;
  useEffect(() => {
    if (!target) refresh.models().catch(() => undefined);
  }, [target === null]);
  return (
    <Section
      title="Try it"
      id="try"
      note={
        <>
          <span data-testid="run-model">
            <Name>{model.name}</Name> version {model.version}
          </span>{' '}
          is served.{run.state === 'cancelled' ? ' It has the best weights from before the run was cancelled.' : ''}
        </>
      }
      actions={
        <>
          <a class="button button-small" href={pageAddress.model(model.name, model.version)} data-testid="model-link">
            Model
          </a>
          <a class="button button-small" href={pageAddress.try(model.name, model.version)} data-testid="try-link">
            Open in Try
          </a>
        </>
      }
    >
      {target ? (
        <TryPanel target={target} />
      ) : known ? (
        <p class="note">This version is no longer in the list of models.</p>
      ) : (
        <Skeleton lines={4} />
      )}
    </Section>
  );
}

function CancelButton({ run }: { run: RunRecord }) {
  const busy = useSignal(false);
  const cancel = async () => {
    busy.value = true;
    try {
      keepRun(await client.cancelRun(run.id));
    } catch (error) {
      notify(describeError(error).message, 'problem');
    }
    busy.value = false;
  };
  const asked = run.cancelRequested || busy.value;
  return (
    <button
      type="button"
      class="button"
      data-testid="run-cancel"
      disabled={asked}
      title="Ends the training. The best model so far is kept, if an epoch is finished."
      onClick={cancel}
    >
      <Icon name="stop" />
      {asked ? 'Cancelling' : run.history.length > 0 ? 'Stop and keep the best' : 'Cancel'}
    </button>
  );
}

function DeleteButton({ run }: { run: RunRecord }) {
  const remove = async () => {
    await client.deleteRun(run.id);
    forgetRun(run.id);
    notify('Run deleted');
    navigate(pageAddress.runs());
  };
  return (
    <ConfirmButton
      label="Delete"
      question="Delete this run?"
      explanation="Its history, log and figures are gone then. A model that it published stays."
      confirm="Delete run"
      testid="run-delete"
      onConfirm={remove}
    />
  );
}
