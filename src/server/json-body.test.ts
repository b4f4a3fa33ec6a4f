import { describe, expect, it } from 'vitest';
import { checkJsonCost } from './json-body.ts';

describe('checkJsonCost', () => {
  const refused = expect.objectContaining({ code: 'body_too_large', status: 413 });

  it('lets a large picture pass, with a list for each pixel', () => {
    const row = `[${'[1,2,3],'.repeat(1999)}[1,2,3]]`;
    expect(() => checkJsonCost(Buffer.from(`{"pixels":[${`${row},`.repeat(1990)}${row}]}`))).not.toThrow();
  });

  it.each(['[', '{', '[],', '{},'])('refuses millions of %s', (text) => {
    expect(() => checkJsonCost(Buffer.alloc(4_000_001 * text.length, text))).toThrow(refused);
  });

  it('refuses thousands of names', () => {
    expect(() => checkJsonCost(Buffer.from(`{${'"a":1,'.repeat(10_000)}"a":1}`))).toThrow(refused);
  });
});
