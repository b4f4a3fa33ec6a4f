import { describe, expect, it } from 'vitest';
import type { RunRecord, RunState } from '../api/types.ts';
import { announce, bestKnownAccuracy, runSeconds, stationStatuses } from './run-state.ts';

function run(state: RunState, passed: RunRecord['milestones'][number]['name'][] = [], published = false) {
  const at = '2026-11-20T12:00:00Z';
  return {
    state,
    milestones: passed.map((name) => ({ name, at })),
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
    [['submitted', 'started', 'prepared', 'trained', 'saved'], 'publishing'],
  ] as const)('after %j a failed run stopped at %s', (passed, station) => {
    const statuses = stationStatuses(run('failed', [...passed]));
    expect(Object.entries(statuses).filter(([, status]) => status === 'stopped')).toEqual([[station, 'stopped']]);
    expect(Object.values(statuses)).not.toContain('current');
  });
});

describe('facts about a run', () => {
  it('counts seconds to the end, or to now', () => {
    const createdAt = '2026-11-20T12:00:00Z';
    expect(runSeconds({ createdAt, finishedAt: '2026-11-20T12:01:30Z' }, 0)).toBe(90);
    expect(runSeconds({ createdAt, finishedAt: null }, Date.parse('2026-11-20T12:00:05Z'))).toBe(5);
    expect(runSeconds({ createdAt, finishedAt: null }, 0)).toBe(0);
  });

  it('prefers the accuracy on pictures that were not trained on', () => {
    const metrics = { accuracy: 0.99, validation_accuracy: 0.97, test_accuracy: 0.96 };
    expect(bestKnownAccuracy(metrics)).toEqual({ split: 'test', value: 0.96 });
    expect(bestKnownAccuracy({ ...metrics, test_accuracy: null })).toEqual({ split: 'validation', value: 0.97 });
    expect(bestKnownAccuracy({ accuracy: 0.99, validation_accuracy: null, test_accuracy: null })).toEqual({
      split: 'training',
      value: 0.99,
    });
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
