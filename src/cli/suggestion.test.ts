import { describe, expect, it } from 'vitest';
import { didYouMean } from './suggestion.ts';

describe('what somebody may have meant', () => {
  it.each([
    ['dgits', ['digits', 'pets'], 'Did you mean digits?'],
    ['pet', ['digits', 'pets'], 'Did you mean pets?'],
    ['xxxxxxxx', ['digits', 'pets'], null],
    ['digits', [], null],
    ['--help', ['digits'], null],
    ['heIp', ['help'], 'Did you mean help?'],
  ])('%s among %j', (word, names, expected) => {
    expect(didYouMean(word, names)).toBe(expected);
  });
});
