import { describe, expect, it } from 'vitest';
import type { ModelSummary, ModelVersion } from '../../contracts/index.ts';
import { modelLines } from './models.ts';

const version = (name: string, number: number): ModelVersion => ({
  name,
  version: number,
  createdAt: '2026-11-20T09:45:00Z',
  labels: ['a', 'b'],
  input: { height: 28, width: 28, channels: 1 },
  parameters: 10,
  preset: 'lenet',
  metrics: {
    loss: 0.1,
    accuracy: 0.9,
    validation_loss: null,
    validation_accuracy: null,
    test_loss: null,
    test_accuracy: null,
  },
  bytes: 1300,
  run: null,
});
const model = (name: string, numbers: readonly number[], more: Partial<ModelSummary> = {}): ModelSummary => ({
  name,
  versions: numbers.map((number) => version(name, number)),
  ...more,
});

describe('the table of models', () => {
  it('tells which version answers, where there is a choice', () => {
    const split = { labels: { stable: 2 }, split: { 1: 0.25, 2: 0.75 } };
    const [title, ...rows] = modelLines([model('cats', [3, 2, 1], { routing: split }), model('dogs', [2, 1])]);
    expect(title).toMatch(/ answers$/);
    expect(rows.map((row) => row.replace(/^(\S+) .*\d\d:\d\d */, '$1|'))).toEqual([
      'cats:3|',
      'cats:2|75.0% of requests, label stable',
      'cats:1|25.0% of requests',
      'dogs:2|all requests',
      'dogs:1|',
    ]);
  });

  it('does not, where each model has one version', () => {
    expect(modelLines([model('cats', [1]), model('dogs', [4])])[0]).not.toContain('answers');
  });
});
