import { describe, expect, it } from 'vitest';
import { shares } from './promote.ts';

describe('shares of the requests', () => {
  it.each([
    ['3=0.9,4=0.1', { 3: 0.9, 4: 0.1 }],
    ['3=90, 4=10', { 3: 90, 4: 10 }],
    ['1=.33,2=.33,3=.33', { 1: 0.33, 2: 0.33, 3: 0.33 }],
    ['2=1', { 2: 1 }],
  ])('%s', (text, expected) => {
    expect(shares(text)).toEqual(expected);
  });

  it.each([
    ['1=0.9,2=0.3', 'these give 1.2.'],
    ['1=0,2=0', 'these give 0.'],
    ['1=9,2=1', 'these give 10.'],
    ['1=0.5,1=0.5', 'names a version twice'],
    ['1=-1,2=2', 'VERSION=SHARE'],
    ['1', 'VERSION=SHARE'],
    ['', 'VERSION=SHARE'],
    ['1=1e400,2=0', 'VERSION=SHARE'],
  ])('are none: %s', (text, message) => {
    expect(() => shares(text)).toThrow(message);
  });
});
