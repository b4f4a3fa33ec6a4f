/** @file All runs, newest first. */
import type { RunRecord } from '../api/types.ts';
import { Ago, Empty, Name, PageHead, Skeleton } from '../components/basics.tsx';
import { ErrorCard } from '../components/messages.tsx';
import { RunBadge } from '../components/run-badge.tsx';
import { formatDuration, formatLoss, formatPercent } from '../logic/format.ts';
import { pageAddress } from '../logic/routes.ts';
import { bestKnownFigures, isActive, runSeconds } from '../logic/run-state.ts';
import { listError, now, runs } from '../state/store.ts';

export function RunsPage() {
  const list = runs.value;
  return (
    <div class="page">
      <PageHead title="Runs" lead="Every training, with what came of it.">
        <a class="button button-primary" href={pageAddress.start()}>
          New run
        </a>
      </PageHead>
      {!list && (listError.value ? <ErrorCard error={listError.value} /> : <Skeleton lines={5} />)}
      {list?.length === 0 && (
        <Empty icon="runs" title="Nothing was trained yet">
          <p class="note">Start with a dataset; the sample digits take under a minute.</p>
          <a class="button" href={pageAddress.start()}>
            Choose a dataset
          </a>
        </Empty>
      )}
      {list && list.length > 0 && <RunTable runs={list} />}
    </div>
  );
}

function RunTable({ runs: list }: { runs: readonly RunRecord[] }) {
  return (
    <div class="table-box card">
      <table class="table table-links" data-testid="run-list">
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">State</th>
            <th scope="col" class="figure">
              Accuracy
            </th>
            <th scope="col" class="figure hide-small">
              Loss
            </th>
            <th scope="col" class="figure hide-small">
              Time
            </th>
            <th scope="col" class="figure hide-small">
              Started
            </th>
          </tr>
        </thead>
        <tbody>
          {list.map((run) => (
            <tr key={run.id}>
              <th scope="row">
                <a class="row-link" href={pageAddress.run(run.id)}>
                  <Name>{run.name}</Name>
                </a>
                <span class="note row-note">{run.recipe?.model ?? run.request.model ?? ''}</span>
              </th>
              <td>
                <RunBadge run={run} />
              </td>
              <td class="figure">{accuracyOf(run)}</td>
              <td class="figure hide-small">{lossOf(run)}</td>
              <td class="figure hide-small">{formatDuration(runSeconds(run, now.value))}</td>
              <td class="figure hide-small">
                <Ago at={run.createdAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function accuracyOf(run: RunRecord): string {
  const accuracy = run.metrics && bestKnownFigures(run.metrics).accuracy;
  if (accuracy !== null) return formatPercent(accuracy, 2);
  return isActive(run.state) ? formatPercent(run.training?.accuracy) : '–';
}

/** On the same pictures as the accuracy beside it. */
function lossOf(run: RunRecord): string {
  return formatLoss(run.metrics ? bestKnownFigures(run.metrics).loss : run.training?.loss);
}
