/** @file Parts of a run's page: figures while it goes on, who trained it, how, and what was logged. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { RunAttempt, RunLogLine, RunRecord } from '../api/types.ts';
import {
  formatClock,
  formatCount,
  formatDuration,
  formatLoss,
  formatMoment,
  formatPercent,
  formatRate,
  formatShape,
} from '../logic/format.ts';
import { datasetName } from '../logic/names.ts';
import { pageAddress } from '../logic/routes.ts';
import { runSeconds } from '../logic/run-state.ts';
import { datasets, now } from '../state/store.ts';
import { type Fact, Facts, Name } from './basics.tsx';
import { Callout } from './messages.tsx';

/** What changes several times a second. */
export function LiveFacts({ run }: { run: RunRecord }) {
  const { training } = run;
  const elapsed: Fact = {
    label: 'Elapsed',
    value: formatDuration(Math.floor(runSeconds(run, now.value))),
    testid: 'run-elapsed',
  };
  if (!training) return <Facts facts={[elapsed, ...datasetFacts(run)]} />;
  return (
    <Facts
      facts={[
        { label: 'Epoch', value: training.epoch, detail: `of ${training.epochs}`, testid: 'run-epoch' },
        {
          label: 'Step',
          value: formatCount(training.step),
          detail: `of ${formatCount(training.steps)}`,
          testid: 'run-step',
        },
        { label: 'Loss', value: formatLoss(training.loss), testid: 'run-loss' },
        { label: 'Accuracy', value: formatPercent(training.accuracy), testid: 'run-accuracy' },
        { label: 'Images/s', value: formatRate(training.imagesPerSecond), testid: 'run-rate' },
        { label: 'Time left', value: formatDuration(training.secondsLeft), testid: 'run-left' },
        elapsed,
      ]}
    />
  );
}

function datasetFacts({ dataset }: RunRecord): Fact[] {
  if (!dataset) return [];
  return [
    { label: 'Pictures', value: formatCount(dataset.splits.train.count), detail: 'for training' },
    { label: 'Classes', value: formatCount(dataset.classes.length) },
    { label: 'Size', value: formatShape(dataset.image) },
  ];
}

/** Says plainly that a trainer was lost and what became of its work. */
export function LostTrainer({ run }: { run: RunRecord }) {
  const lost = run.attempts.filter(({ outcome }) => outcome === 'lost');
  if (lost.length === 0) return null;
  const last = run.attempts.at(-1);
  const taken = last && last.outcome !== 'lost';
  return (
    <Callout
      tone="warning"
      testid="run-takeover"
      title={lost.length === 1 ? 'A trainer was lost' : `${lost.length} trainers were lost`}
    >
      {lost.map((attempt) => (
        <p class="callout-text" key={attempt.number}>
          Attempt {attempt.number} on <code>{attempt.worker}</code> stopped answering
          {attempt.endedAt ? ` at ${formatClock(attempt.endedAt)}, after ${lasted(attempt)}` : ''}.
        </p>
      ))}
      <p class="callout-text">
        {taken ? (
          <>
            Attempt {last.number} on <code>{last.worker}</code> took over at {formatClock(last.startedAt)}.
          </>
        ) : (
          'Another trainer will take over.'
        )}
      </p>
    </Callout>
  );
}

const OUTCOMES: Readonly<Record<RunAttempt['outcome'], string>> = {
  running: 'at work',
  succeeded: 'finished',
  failed: 'failed',
  cancelled: 'cancelled',
  lost: 'lost',
  interrupted: 'shut down, handed on',
};

export function Attempts({ run }: { run: RunRecord }) {
  if (run.attempts.length === 0) return null;
  return (
    <div class="table-box card">
      <table class="table table-figures" data-testid="run-attempts">
        <thead>
          <tr>
            <th scope="col">Attempt</th>
            <th scope="col" class="text">
              Trainer
            </th>
            <th scope="col" class="text">
              Outcome
            </th>
            <th scope="col">Started</th>
            <th scope="col">Lasted</th>
          </tr>
        </thead>
        <tbody>
          {run.attempts.map((attempt) => (
            <tr key={attempt.number}>
              <th scope="row">{attempt.number}</th>
              <td class="text">
                <code>{attempt.worker}</code>
              </td>
              <td class="text">{OUTCOMES[attempt.outcome]}</td>
              <td>{formatClock(attempt.startedAt)}</td>
              <td>{attempt.endedAt ? lasted(attempt) : '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function lasted({ startedAt, endedAt }: RunAttempt): string {
  return formatDuration((Date.parse(endedAt ?? startedAt) - Date.parse(startedAt)) / 1000);
}

/** How near to its end, in pixels, the log must be to stay there when lines are added. */
const NEAR_END = 40;

export function RunLog({ lines }: { lines: readonly RunLogLine[] }) {
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  useLayoutEffect(() => {
    if (box.current && atEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines.length]);
  if (lines.length === 0) return <p class="note">Nothing was logged yet.</p>;
  return (
    <div
      ref={box}
      class="log card"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable with the keyboard
      tabIndex={0}
      role="log"
      aria-label="Log of the run"
      data-testid="run-log"
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        atEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_END;
      }}
    >
      <ol>
        {lines.map((line, i) => (
          <li key={i} class={`log-line log-${line.level}`}>
            <time dateTime={line.at}>{formatClock(line.at)}</time>
            {line.level !== 'info' && <span class="log-level">{line.level}</span>}
            <span class="log-text">{line.message}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

export function RecipeFacts({ run }: { run: RunRecord }) {
  const { recipe, dataset } = run;
  const facts: Fact[] = [
    { label: 'Dataset', value: <DatasetName run={run} /> },
    { label: 'Started', value: formatMoment(run.createdAt) },
    { label: 'Took', value: formatDuration(run.seconds ?? (run.finishedAt ? runSeconds(run, 0) : null)) },
    { label: 'Images/s', value: formatRate(run.imagesPerSecond ?? run.training?.imagesPerSecond) },
  ];
  if (dataset) facts.push({ label: 'Input', value: formatShape(dataset.image) });
  if (recipe) {
    facts.push(
      { label: 'Network', value: recipe.model },
      { label: 'Parameters', value: formatCount(recipe.parameters) },
      { label: 'Optimizer', value: `${recipe.optimizer.kind}, learning rate ${recipe.optimizer.learningRate}` },
      // Runs of before it was recorded have none.
      { label: 'Schedule', value: recipe.schedule?.kind ?? 'constant' },
      { label: 'Loss', value: recipe.loss?.kind ?? 'crossEntropy' },
      { label: 'Epochs', value: formatCount(recipe.epochs) },
      { label: 'Batch size', value: formatCount(recipe.batchSize) },
      { label: 'Seed', value: String(recipe.seed) },
      { label: 'Replicas', value: formatCount(recipe.replicas) },
    );
  }
  facts.push({ label: 'Run', value: <code>{run.id}</code> });
  return (
    <div class="card recipe">
      <Facts facts={facts} />
      <Because reasons={recipe?.because ?? []} />
    </div>
  );
}

/** Why the recipe is what it is. */
function Because({ reasons }: { reasons: readonly string[] }) {
  if (reasons.length === 0) return null;
  return (
    <details class="details" data-testid="run-because">
      <summary>Why it is trained like this</summary>
      <ul>
        {reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </details>
  );
}

function DatasetName({ run }: { run: RunRecord }) {
  const source = run.request.dataset;
  const hash = run.dataset?.contentHash;
  const known = datasets.value?.find((dataset) => hash !== undefined && dataset.manifest?.contentHash === hash);
  if (known) {
    return (
      <a href={pageAddress.dataset(known.id)}>
        <Name>{datasetName(known.title)}</Name>
      </a>
    );
  }
  const text = {
    folder: 'path' in source ? source.path : '',
    file: 'path' in source ? source.path : '',
    url: 'url' in source ? source.url : '',
    upload: 'fileName' in source ? source.fileName : '',
    sample: 'name' in source ? `sample:${source.name}` : '',
  }[source.kind];
  return <Name>{datasetName(text)}</Name>;
}
