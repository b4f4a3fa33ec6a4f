import { describe, expect, it } from 'vitest';
import type { EpochRecord, TrainingProgress } from '../api/types.ts';
import { addPoint, type CurvePoint, curveColumns, describeCurve, pointOf } from './curve.ts';

const point = (at: number, loss = 1 / at): CurvePoint => ({ at, loss, accuracy: 1 - loss });
const progress: TrainingProgress = {
  epoch: 2,
  epochs: 3,
  step: 50,
  steps: 100,
  loss: 0.5,
  accuracy: 0.8,
  imagesPerSecond: 1000,
  secondsLeft: 9,
};
const epoch = (number: number, validationLoss: number | null = 0.3): EpochRecord => ({
  epoch: number,
  loss: 1 / number,
  accuracy: 1 - 0.1 / number,
  validationLoss,
  validationAccuracy: validationLoss === null ? null : 0.9,
  seconds: 1,
  imagesPerSecond: 1000,
});

describe('points', () => {
  it('places progress on the axis of epochs', () => {
    expect(pointOf(progress)).toEqual({ at: 1.5, loss: 0.5, accuracy: 0.8 });
    expect(pointOf({ ...progress, epoch: 1, step: 0, steps: 0 }).at).toBe(0);
  });

  it('adds points in order, and none twice', () => {
    const points = addPoint(addPoint([], point(0.1)), point(0.2));
    expect(points.map(({ at }) => at)).toEqual([0.1, 0.2]);
    expect(addPoint(points, point(0.2))).toBe(points);
  });

  it('leaves out what says nothing', () => {
    expect(addPoint([], point(0, 1))).toEqual([]);
    expect(addPoint([], point(0.5, Number.NaN))).toEqual([]);
  });

  it('goes back when another trainer starts from an earlier place', () => {
    const points = [point(0.5), point(1), point(1.5)];
    expect(addPoint(points, point(1, 0.9)).map(({ at }) => at)).toEqual([0.5, 1]);
    expect(addPoint(points, point(0.2)).map(({ at }) => at)).toEqual([0.2]);
  });

  it('stays bounded and keeps the newest point', () => {
    let points: readonly CurvePoint[] = [];
    for (let i = 1; i <= 1000; i++) points = addPoint(points, point(i / 100), 100);
    expect(points.length).toBeLessThanOrEqual(100);
    expect(points.length).toBeGreaterThan(40);
    expect(points.at(-1)?.at).toBe(10);
    const steps = points.map(({ at }, i) => at - (points[i - 1]?.at ?? at));
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(0);
  });
});

describe('curveColumns', () => {
  it('lines up pushed points and epochs', () => {
    const columns = curveColumns([point(0.5), point(1), point(1.5)], [epoch(1)], 'loss');
    expect(columns.at).toEqual([0.5, 1, 1 + 1e-6, 1.5]);
    expect(columns.running).toEqual([2, 1, null, 1 / 1.5]);
    expect(columns.train).toEqual([null, 1, null, null]);
    expect(columns.validation).toEqual([null, 0.3, null, null]);
  });

  it('takes accuracies, and copes without validation pictures', () => {
    const columns = curveColumns([], [epoch(1, null), epoch(2, null)], 'accuracy');
    expect(columns.train).toEqual([0.9, 0.95]);
    expect(columns.validation).toEqual([null, null]);
  });
});

describe('describeCurve', () => {
  const format = (value: number) => value.toFixed(2);
  it('says it in words', () => {
    expect(describeCurve([], 'loss', format)).toBe('Loss: no epoch is finished yet.');
    expect(describeCurve([epoch(1)], 'loss', format)).toBe('Loss after epoch 1: 1.00, on validation pictures 0.30.');
    expect(describeCurve([epoch(1, null), epoch(4, null)], 'accuracy', format)).toBe(
      'Accuracy from 0.90 after epoch 1 to 0.97 after epoch 4.',
    );
  });
});
