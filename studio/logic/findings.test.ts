import { describe, expect, it } from 'vitest';
import type { DatasetFinding } from '../api/types.ts';
import { adviceFor, sortFindings } from './findings.ts';

describe('findings', () => {
  const finding = (severity: DatasetFinding['severity'], code: string, count = 1): DatasetFinding => ({
    severity,
    code,
    message: '',
    count,
    files: [],
  });

  it('puts errors first', () => {
    const sorted = sortFindings([
      finding('info', 'a'),
      finding('warning', 'b', 1),
      finding('error', 'c'),
      finding('warning', 'd', 9),
    ]);
    expect(sorted.map(({ code }) => code)).toEqual(['c', 'd', 'b', 'a']);
  });

  it('always has something to say', () => {
    expect(adviceFor(finding('warning', 'corrupt_image'))).toContain('Replace or delete');
    expect(adviceFor(finding('error', 'constructor'))).toBe('Correct this before training.');
    expect(adviceFor(finding('info', 'new_code'))).toBe('Nothing to do.');
  });
});
