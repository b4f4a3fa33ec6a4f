import { describe, expect, it } from 'vitest';
import { answeringVersions, type ModelRouting, type ModelVersion } from './index.ts';

const versions = [3, 2, 1].map((version) => ({ version }) as ModelVersion);
const told = (routing?: ModelRouting) => answeringVersions({ name: 'm', versions, ...(routing ? { routing } : {}) });

describe('which version answers', () => {
  it('is the newest while nothing was promoted, also when versions have labels', () => {
    expect(told().map(({ share }) => share)).toEqual([1, 0, 0]);
    expect(told({ labels: { stable: 2, canary: 3, old: 2 }, split: null })).toEqual([
      { version: 3, share: 1, labels: ['canary'] },
      { version: 2, share: 0, labels: ['stable', 'old'] },
      { version: 1, share: 0, labels: [] },
    ]);
  });

  it('is as the shares say', () => {
    expect(told({ labels: {}, split: { 1: 0.9, 3: 0.1 } }).map(({ share }) => share)).toEqual([0.1, 0, 0.9]);
  });
});
