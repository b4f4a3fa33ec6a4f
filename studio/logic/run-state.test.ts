import { describe, expect, it } from 'vitest';
import type { Evaluation, RunRecord, RunState } from '../api/types.ts';
import { announce, bestKnownFigures, runSeconds, stationStatuses } from './run-state.ts';

function run(state: RunState, passed: RunRecord['milestones'][number]['name'][] = [], published = false) {
  const at = '2026-11-20T12:00:00Z';
  return {
    state,
    milestones: passed.map((name) => ({ name, at })),
    evaluation: null,
    model: published ? { name: 'a', version: 1 } : null,
  };
}

describe('stationStatuses', () => {
  it('marks what is behind, where it is, and what is ahead', () => {
    expect(stationStatuses(run('training'))).toEqual({
      queued: 'done',
      fetching: 'done',
      preparing: 'done',
      training: 'current',
      evaluating: 'ahead',
      publishing: 'ahead',
      succeeded: 'ahead',
    });
  });

  it('is all done at the end', () => {
    expect(new Set(Object.values(stationStatuses(run('succeeded'))))).toEqual(new Set(['done']));
    expect(new Set(Object.values(stationStatuses(run('cancelled', ['submitted'], true))))).toEqual(new Set(['done']));
  });

  it.each([
    [['submitted'], 'queued'],
    [['submitted', 'started', 'loading'], 'fetching'],
    [['submitted', 'started', 'loading', 'loaded'], 'preparing'],
    [['submitted', 'started', 'loading', 'loaded', 'prepared', 'built', 'compiled'], 'training'],
    [['submitted', 'started', 'prepared', 'trained'], 'evaluating'],
  ] as const)('after %j a failed run stopped at %s', (passed, station) => {
    const statuses = stationStatuses(run('failed', [...passed]));
    expect(Object.entries(statuses).filter(([, status]) => status === 'stopped')).toEqual([[station, 'stopped']]);
    expect(Object.values(statuses)).not.toContain('current');
  });

  it('a run that failed after it was evaluated stopped at publishing', () => {
    const evaluation: Evaluation = { split: 'test', count: 1, loss: 0, accuracy: 1, perClass: [], confusion: [[1]] };
    const statuses = stationStatuses({ ...run('failed', ['submitted', 'prepared', 'trained']), evaluation });
    expect(statuses).toMatchObject({ evaluating: 'done', publishing: 'stopped', succeeded: 'ahead' });
  });
});

describe('facts about a run', () => {
  it('counts seconds to the end, or to now', () => {
    const createdAt = '2026-11-20T12:00:00Z';
    expect(runSeconds({ createdAt, finishedAt: '2026-11-20T12:01:30Z' }, 0)).toBe(90);
    expect(runSeconds({ createdAt, finishedAt: null }, Date.parse('2026-11-20T12:00:05Z'))).toBe(5);
    expect(runSeconds({ createdAt, finishedAt: null }, 0)).toBe(0);
  });

  it('prefers the figures on pictures that were not trained on', () => {
    const training = { accuracy: 0.99, loss: 0.1 };
    const validation = { validation_accuracy: 0.97, validation_loss: 0.2 };
    const test = { test_accuracy: 0.96, test_loss: 0.3 };
    const noValidation = { validation_accuracy: null, validation_loss: null };
    const noTest = { test_accuracy: null, test_loss: null };
    const figures = (split: string, accuracy: number, loss: number) => ({ split, accuracy, loss });
    expect(bestKnownFigures({ ...training, ...validation, ...test })).toEqual(figures('test', 0.96, 0.3));
    expect(bestKnownFigures({ ...training, ...noValidation, ...test })).toEqual(figures('test', 0.96, 0.3));
    expect(bestKnownFigures({ ...training, ...validation, ...noTest })).toEqual(figures('validation', 0.97, 0.2));
    expect(bestKnownFigures({ ...training, ...noValidation, ...noTest })).toEqual(figures('training', 0.99, 0.1));
  });

  it('announces what has changed, not every step', () => {
    const training = {
      epoch: 2,
      epochs: 5,
      step: 7,
      steps: 100,
      loss: 1,
      accuracy: 0.5,
      imagesPerSecond: 1,
      secondsLeft: null,
    };
    const base = { state: 'training', training, model: null } as const;
    expect(announce({ ...base, progress: 0.31 })).toBe('Training, epoch 2 of 5, 30 percent.');
    expect(announce({ ...base, progress: 0.39 })).toBe(announce({ ...base, progress: 0.31 }));
    expect(announce({ state: 'succeeded', progress: 1, training, model: { name: 'digits', version: 3 } })).toContain(
      'digits version 3',
    );
  });
});
