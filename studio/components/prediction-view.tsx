/** @file What the model says about a picture. */
import { formatPercent } from '../logic/format.ts';
import { type Answer, confidenceWords, predictionRows, predictionsOf } from '../logic/prediction.ts';
import { Bar, Name } from './basics.tsx';

export function PredictionView(props: { answer: Answer | null; labels: readonly string[]; hint: string }) {
  const predictions = props.answer ? predictionsOf(props.answer.response) : [];
  const rows = predictionRows(predictions, props.labels);
  const top = [...predictions].sort((a, b) => b.probability - a.probability)[0];
  return (
    <div class="prediction" data-testid="prediction">
      <div
        class={top && top.label.length > 3 ? 'prediction-top prediction-long' : 'prediction-top'}
        role="status"
        aria-live="polite"
      >
        {top ? (
          <>
            <p class="prediction-label" data-testid="prediction-label">
              <bdi>{top.label}</bdi>
            </p>
            <p class="prediction-words">
              <span class="prediction-share">{formatPercent(top.probability)}</span>
              <span class="note">{confidenceWords(predictions)}</span>
            </p>
          </>
        ) : (
          <p class="prediction-hint">{props.hint}</p>
        )}
      </div>
      <table class="probabilities" data-testid="prediction-bars">
        <caption class="visually-hidden">Probability of each label</caption>
        <thead class="visually-hidden">
          <tr>
            <th scope="col">Label</th>
            <th scope="col">Probability</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.label} class={row.label === top?.label ? 'is-top' : undefined}>
              <th scope="row">
                <Name>{row.label}</Name>
              </th>
              <td>
                <Bar
                  value={row.probability}
                  text={top ? formatPercent(row.probability) : '–'}
                  tone={row.label === top?.label ? 'accent' : 'quiet'}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {props.answer && (
        <p class="note prediction-time">Answered in {Math.max(1, Math.round(props.answer.tookMs))} ms</p>
      )}
    </div>
  );
}
