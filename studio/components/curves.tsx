/** @file Loss and accuracy of a run, live, and as a table. */
import type { EpochRecord } from '../api/types.ts';
import { type CurvePoint, curveColumns, describeCurve } from '../logic/curve.ts';
import { formatDuration, formatLoss, formatPercent, formatRate } from '../logic/format.ts';
import { type ChartLine, LineChart } from './line-chart.tsx';

export function Curves(props: { points: readonly CurvePoint[]; history: readonly EpochRecord[]; epochs: number }) {
  return (
    <>
      <div class="curves">
        <Curve {...props} quantity="loss" />
        <Curve {...props} quantity="accuracy" />
      </div>
      <EpochTable history={props.history} />
    </>
  );
}

const RUNNING: ChartLine = { label: 'within the epoch', colour: '--series-live', style: 'thin' };
const TRAINING: ChartLine = { label: 'training', colour: '--series-1', style: 'points' };
const VALIDATION: ChartLine = { label: 'validation', colour: '--series-2', style: 'dashed' };

function Curve(props: {
  points: readonly CurvePoint[];
  history: readonly EpochRecord[];
  epochs: number;
  quantity: 'loss' | 'accuracy';
}) {
  const isLoss = props.quantity === 'loss';
  const columns = curveColumns(props.points, props.history, props.quantity);
  const validated = props.history.some((epoch) => epoch.validationLoss !== null) || props.history.length === 0;
  const format = isLoss ? formatLoss : (value: number) => formatPercent(value);
  const shown = [
    { line: RUNNING, values: columns.running, wanted: props.points.length > 0 },
    { line: TRAINING, values: columns.train, wanted: true },
    { line: VALIDATION, values: columns.validation, wanted: validated },
  ].filter(({ wanted }) => wanted);
  return (
    <figure class="card chart-card">
      <figcaption class="chart-title">{isLoss ? 'Loss' : 'Accuracy'}</figcaption>
      <LineChart
        summary={describeCurve(props.history, props.quantity, format)}
        key={shown.length}
        lines={shown.map(({ line }) => line)}
        columns={[columns.at, ...shown.map(({ values }) => values)]}
        maxX={Math.max(1, props.epochs)}
        rangeY={isLoss ? lossRange : accuracyRange}
        formatY={isLoss ? shortLoss : (value) => `${Math.round(value * 1000) / 10}%`}
        formatX={(value) => (Number.isInteger(value) ? `Epoch ${value}` : `Epoch ${value.toFixed(2)}`)}
      />
    </figure>
  );
}

function lossRange(_min: number, max: number): [number, number] {
  return [0, max > 0 && Number.isFinite(max) ? max * 1.08 : 1];
}

function accuracyRange(min: number): [number, number] {
  // All of 0..100% hides what happens near the top.
  const low = Number.isFinite(min) ? Math.max(0, Math.floor(min * 10 - 0.5) / 10) : 0;
  return [Math.min(low, 0.9), 1];
}

function shortLoss(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Math.round(value * 1000) / 1000);
}

function EpochTable({ history }: { history: readonly EpochRecord[] }) {
  if (history.length === 0) return null;
  return (
    <details class="details">
      <summary>Numbers of each epoch</summary>
      <div class="table-box">
        <table class="table table-figures">
          <thead>
            <tr>
              <th scope="col">Epoch</th>
              <th scope="col">Loss</th>
              <th scope="col">Accuracy</th>
              <th scope="col">Validation loss</th>
              <th scope="col">Validation accuracy</th>
              <th scope="col">Time</th>
              <th scope="col">Images/s</th>
            </tr>
          </thead>
          <tbody>
            {history.map((epoch) => (
              <tr key={epoch.epoch}>
                <th scope="row">{epoch.epoch}</th>
                <td>{formatLoss(epoch.loss)}</td>
                <td>{formatPercent(epoch.accuracy, 2)}</td>
                <td>{formatLoss(epoch.validationLoss)}</td>
                <td>{formatPercent(epoch.validationAccuracy, 2)}</td>
                <td>{formatDuration(epoch.seconds)}</td>
                <td>{formatRate(epoch.imagesPerSecond)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
