/** @file How good a model is: figures, each class, and what it confuses. */
import type { Evaluation, TrainingMetrics } from '../api/types.ts';
import { rowShares, topMistakes } from '../logic/confusion.ts';
import { formatCount, formatLoss, formatPercent, plural } from '../logic/format.ts';
import { bestKnownFigures } from '../logic/run-state.ts';
import { Bar, type Fact, Facts, Name, Section } from './basics.tsx';

const percent = (value: number | null) => formatPercent(value, 2);

const METRICS: readonly { label: string; name: keyof TrainingMetrics; format: (value: number | null) => string }[] = [
  { label: 'Test accuracy', name: 'test_accuracy', format: percent },
  { label: 'Validation accuracy', name: 'validation_accuracy', format: percent },
  { label: 'Training accuracy', name: 'accuracy', format: percent },
  { label: 'Test loss', name: 'test_loss', format: formatLoss },
  { label: 'Validation loss', name: 'validation_loss', format: formatLoss },
  { label: 'Training loss', name: 'loss', format: formatLoss },
];

export function EvaluationReport({ metrics, evaluation }: { metrics: TrainingMetrics; evaluation: Evaluation | null }) {
  const { split } = bestKnownFigures(metrics);
  const best = `${split[0].toUpperCase()}${split.slice(1)} accuracy`;
  const facts = METRICS.map(
    ({ label, name, format }): Fact => ({
      label,
      value: format(metrics[name]),
      testid: `metric-${name.replace('_', '-')}`,
    }),
  ).filter(({ value }) => value !== '–');
  facts.sort((a, b) => Number(b.label === best) - Number(a.label === best));
  return (
    <>
      <Section title="Results" id="results">
        <Facts facts={facts} large />
      </Section>
      {evaluation && (
        <>
          <Section
            title="Each class"
            id="each-class"
            note={`Measured on ${plural(evaluation.count, `${evaluation.split} picture`)}.`}
          >
            <ClassMetricsTable evaluation={evaluation} />
          </Section>
          <Section title="What it confuses" id="confusion" note="Rows are the true class, columns what the model said.">
            <Mistakes evaluation={evaluation} />
            <ConfusionMatrix evaluation={evaluation} />
          </Section>
        </>
      )}
    </>
  );
}

function ClassMetricsTable({ evaluation }: { evaluation: Evaluation }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable with the keyboard
    <section class="table-box card table-tall" tabIndex={0} aria-label="Figures of each class">
      <table class="table table-figures" data-testid="class-metrics">
        <thead>
          <tr>
            <th scope="col">Class</th>
            <th scope="col">Precision</th>
            <th scope="col">Recall</th>
            <th scope="col">F1</th>
            <th scope="col">Pictures</th>
          </tr>
        </thead>
        <tbody>
          {evaluation.perClass.map((row) => (
            <tr key={row.label}>
              <th scope="row">
                <Name>{row.label}</Name>
              </th>
              <td>{formatPercent(row.precision)}</td>
              <td>{formatPercent(row.recall)}</td>
              <td class="cell-bar">
                <Bar value={row.f1} text={formatPercent(row.f1)} />
              </td>
              <td>{formatCount(row.support)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Mistakes({ evaluation }: { evaluation: Evaluation }) {
  const mistakes = topMistakes(evaluation.confusion);
  const label = (index: number) => evaluation.perClass[index]?.label ?? String(index);
  if (mistakes.length === 0) return <p class="note">No mistakes on these pictures.</p>;
  return (
    <ul class="mistakes" aria-label="Most frequent mistakes">
      {mistakes.map(({ truth, predicted, count, share }) => (
        <li key={`${truth}-${predicted}`}>
          <Name>{label(truth)}</Name>
          <span class="mistakes-words">taken for</span>
          <Name>{label(predicted)}</Name>
          <span class="mistakes-count">
            {plural(count, 'time')} ({formatPercent(share)})
          </span>
        </li>
      ))}
    </ul>
  );
}

function ConfusionMatrix({ evaluation }: { evaluation: Evaluation }) {
  const labels = evaluation.perClass.map(({ label }) => label);
  const shares = rowShares(evaluation.confusion);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable with the keyboard
    <section class="table-box card matrix-box" tabIndex={0} aria-label="Confusion matrix">
      <table class="matrix" data-testid="confusion-matrix">
        <caption class="visually-hidden">
          Confusion matrix on the {evaluation.split} pictures: rows are the true class, columns the predicted class.
        </caption>
        <thead>
          <tr>
            <th scope="col" class="matrix-corner">
              True class
            </th>
            {labels.map((label) => (
              <th scope="col" key={label}>
                <Name>{label}</Name>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {evaluation.confusion.map((row, truth) => (
            <tr key={labels[truth]}>
              <th scope="row">
                <Name>{labels[truth] ?? String(truth)}</Name>
              </th>
              {row.map((count, predicted) => (
                <td
                  key={predicted}
                  class={count === 0 ? 'matrix-none' : truth === predicted ? 'matrix-right' : 'matrix-wrong'}
                  style={{ '--share': shares[truth][predicted] }}
                  title={`${labels[truth]} taken for ${labels[predicted]}: ${formatCount(count)} (${formatPercent(shares[truth][predicted])})`}
                >
                  {formatCount(count)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
