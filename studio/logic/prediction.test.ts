import { describe, expect, it } from 'vitest';
import { confidenceWords, predictionRows, predictionsOf } from './prediction.ts';

const three = [
  { label: 'c', probability: 0.7 },
  { label: 'a', probability: 0.2 },
  { label: 'b', probability: 0.1 },
];

describe('predictions', () => {
  it('takes the answer for one picture from either place', () => {
    const results = [{ image: 'x', predictions: three }];
    expect(predictionsOf({ model: 'm', version: 1, results })).toBe(three);
    expect(predictionsOf({ model: 'm', version: 1, results: [], predictions: three })).toBe(three);
    expect(predictionsOf({ model: 'm', version: 1, results: [] })).toEqual([]);
  });

  it('keeps few labels in their places', () => {
    expect(predictionRows(three, ['a', 'b', 'c']).map(({ label }) => label)).toEqual(['a', 'b', 'c']);
    expect(predictionRows(three.slice(0, 1), ['a', 'b', 'c']).map(({ probability }) => probability)).toEqual([
      0, 0, 0.7,
    ]);
  });

  it('shows the most probable of many', () => {
    const labels = Array.from({ length: 30 }, (_, i) => `label ${i}`);
    const all = labels.map((label, i) => ({ label, probability: i / 435 }));
    const rows = predictionRows(all, labels);
    expect(rows).toHaveLength(10);
    expect(rows[0].label).toBe('label 29');
  });

  it('shows what the server says when labels do not match', () => {
    expect(predictionRows(three, ['0', '1', '2'])[0].label).toBe('c');
  });

  it('has words for how sure it is', () => {
    expect(confidenceWords([{ label: 'a', probability: 0.95 }])).toBe('Sure');
    expect(confidenceWords(three)).toBe('Fairly sure');
    expect(
      confidenceWords([
        { label: 'a', probability: 0.4 },
        { label: 'b', probability: 0.5 },
      ]),
    ).toBe('Unsure: it may also be a');
    expect(confidenceWords([])).toBe('');
  });
});
