import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { whenNpmEnds } from './npm-parent.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** How often the end was told, after the parent has changed. */
function told(environment: NodeJS.ProcessEnv, isWatched = true): number {
  let parent = 42;
  const then = vi.fn();
  const unwatch = whenNpmEnds(then, environment, () => parent);
  vi.advanceTimersByTime(5000);
  expect(then).not.toHaveBeenCalled();
  if (!isWatched) unwatch();
  parent = 1;
  vi.advanceTimersByTime(5000);
  unwatch();
  return then.mock.calls.length;
}

describe('the end of npm', () => {
  it.each(['start', 'npx'])('is told once: %s', (npm_lifecycle_event) => {
    expect(told({ npm_lifecycle_event, npm_lifecycle_script: 'node bin/pictor up' })).toBe(1);
  });

  it('is of no concern to a server in the background, of another script, without npm, or that has ended', () => {
    expect(told({ npm_lifecycle_event: 'start', npm_lifecycle_script: 'pictor up &' })).toBe(0);
    expect(told({ npm_lifecycle_event: 'test:e2e', npm_lifecycle_script: 'pictor up' })).toBe(0);
    expect(told({})).toBe(0);
    expect(told({ npm_lifecycle_event: 'start' }, false)).toBe(0);
  });
});
