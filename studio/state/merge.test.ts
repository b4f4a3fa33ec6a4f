import { describe, expect, it } from 'vitest';
import { mergeRecord } from './merge.ts';

const record = (id: string, createdAt: string, updatedAt = createdAt) => ({ id, createdAt, updatedAt });

describe('mergeRecord', () => {
  const list = [record('b', '2026-02-01T00:00:00Z', '2026-02-01T00:00:05Z'), record('a', '2026-01-01T00:00:00Z')];

  it('puts a new record in its place', () => {
    expect(mergeRecord(list, record('c', '2026-03-01T00:00:00Z')).map(({ id }) => id)).toEqual(['c', 'b', 'a']);
    expect(mergeRecord(list, record('c', '2026-01-15T00:00:00Z')).map(({ id }) => id)).toEqual(['b', 'c', 'a']);
    expect(mergeRecord([], list[0])).toEqual([list[0]]);
  });

  it('replaces a record where it stands', () => {
    const newer = record('b', '2026-02-01T00:00:00Z', '2026-02-01T00:00:09Z');
    expect(mergeRecord(list, newer)).toEqual([newer, list[1]]);
  });

  it('keeps the newer copy', () => {
    expect(mergeRecord(list, record('b', '2026-02-01T00:00:00Z', '2026-02-01T00:00:01Z'))).toBe(list);
  });
});
