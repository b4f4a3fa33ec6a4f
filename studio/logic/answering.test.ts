import { describe, expect, it } from 'vitest';
import type { ModelSummary, ModelVersion } from '../api/types.ts';
import { answeringText, servedNote } from './answering.ts';

const model = (numbers: readonly number[], routing?: ModelSummary['routing']): ModelSummary => ({
  name: 'm',
  versions: numbers.map((version) => ({ version }) as ModelVersion),
  ...(routing ? { routing } : {}),
});

describe('which version answers', () => {
  it('is not told where there is one alone', () => {
    expect(answeringText(model([4]))).toBeNull();
  });

  it('is the newest, or those that were promoted', () => {
    expect(answeringText(model([2, 1]))).toBe('version 2 answers');
    expect(answeringText(model([2, 1], { labels: {}, split: { 1: 1 } }))).toBe('version 1 answers');
    const routing = { labels: { canary: 4, old: 1 }, split: { 3: 0.9, 4: 0.1 } };
    expect(answeringText(model([4, 3, 1], routing))).toBe(
      'version 4 answers 10.0%, version 3 90.0% · canary: version 4 · old: version 1',
    );
    expect(servedNote(model([4, 3, 1], routing), 4)).toBe('10.0% of the requests, canary');
    expect(servedNote(model([4, 3, 1], routing), 1)).toBe('old');
    expect(servedNote(model([2, 1]), 2)).toBe('served by default');
    expect(servedNote(model([2, 1]), 1)).toBe('');
  });
});
