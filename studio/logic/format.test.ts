import { describe, expect, it } from 'vitest';
import {
  formatAgo,
  formatBytes,
  formatDuration,
  formatLoss,
  formatPercent,
  formatRate,
  formatShape,
  plural,
} from './format.ts';

describe('formatPercent', () => {
  it.each([
    [0, '0%'],
    [1, '100%'],
    [0.5, '50.0%'],
    [0.98765, '98.8%'],
    [0.99949, '99.9%'],
    [0.99951, '>99.9%'],
    [0.999999, '>99.9%'],
    [0.0004, '<0.1%'],
    [0.0006, '0.1%'],
  ])('%d is %s', (ratio, text) => {
    expect(formatPercent(ratio)).toBe(text);
  });

  it('has a dash for what is not known', () => {
    expect(formatPercent(null)).toBe('–');
    expect(formatPercent(Number.NaN)).toBe('–');
  });

  it('keeps the promise with other digits', () => {
    expect(formatPercent(0.996, 0)).toBe('>99%');
    expect(formatPercent(0.99999, 2)).toBe('>99.99%');
  });
});

describe('formatDuration', () => {
  it.each([
    [0.2, '<1 s'],
    [1.23, '1.2 s'],
    [3, '3 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 min'],
    [75, '1 min 15 s'],
    [3599.7, '1 h'],
    [3661, '1 h 1 min'],
    [86_399, '1 d'],
    [90_000, '1 d 1 h'],
  ])('%d s is %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});

describe('other numbers', () => {
  it('writes losses with digits that mean something', () => {
    expect(formatLoss(0.04321)).toBe('0.0432');
    expect(formatLoss(12.345)).toBe('12.35');
    expect(formatLoss(12345)).toBe('1.23e+4');
    expect(formatLoss(Number.NaN)).toBe('NaN');
    expect(formatLoss(null)).toBe('–');
  });

  it('writes bytes, rates, counts and shapes', () => {
    expect(formatBytes(512)).toBe('512 B');
    expect(formatBytes(1536)).toBe('1.5 kB');
    expect(formatBytes(999_999)).toBe('1.0 MB');
    expect(formatBytes(228_813_984)).toBe('229 MB');
    expect(formatRate(3.14)).toBe('3.1');
    expect(formatRate(5372.4)).toBe('5,372');
    expect(plural(1, 'picture')).toBe('1 picture');
    expect(plural(60_000, 'picture')).toBe('60,000 pictures');
    expect(plural(2, 'class', 'classes')).toBe('2 classes');
    expect(formatShape({ height: 28, width: 20, channels: 1 })).toBe('28 × 20 grey');
  });
});

describe('formatAgo', () => {
  const now = Date.parse('2026-11-20T12:00:00Z');
  it.each([
    ['2026-11-20T11:59:58Z', 'just now'],
    ['2026-11-20T12:00:30Z', 'just now'],
    ['2026-11-20T11:59:20Z', '40 s ago'],
    ['2026-11-20T11:01:00Z', '59 min ago'],
    ['2026-11-19T13:00:00Z', '23 h ago'],
    ['2026-11-14T12:00:00Z', '6 d ago'],
  ])('%s is %s', (iso, text) => {
    expect(formatAgo(iso, now)).toBe(text);
  });

  it('gives a date for what is long ago, and a dash for nonsense', () => {
    expect(formatAgo('2025-01-02T12:00:00Z', now)).toContain('2025');
    expect(formatAgo('yesterday', now)).toBe('–');
  });
});
