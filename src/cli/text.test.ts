import { describe, expect, it } from 'vitest';
import { byteSize, count, duration, integer, percent, plain, plainPath, table, width } from './text.ts';

describe('text for people', () => {
  it('shows durations in the units that matter', () => {
    expect([0.04, 9.94, 9.96, 59.4, 59.6, 200, 3599, 3661, 7140, 90_000].map(duration)).toEqual([
      '0.0 s',
      '9.9 s',
      '10 s',
      '59 s',
      '1 min 0 s',
      '3 min 20 s',
      '59 min 59 s',
      '1 h 01 min',
      '1 h 59 min',
      '25 h 00 min',
    ]);
  });

  it('shows sizes, shares and counts', () => {
    expect([0, 999, 1000, 1_440_000, 5e15].map(byteSize)).toEqual(['0 B', '999 B', '1.0 kB', '1.4 MB', '5000.0 TB']);
    expect(percent(0.97312)).toBe('97.3%');
    expect(integer(1234.5)).toBe('1,235');
    expect([count(1, 'class'), count(2, 'class'), count(1200, 'image')]).toEqual([
      '1 class',
      '2 classes',
      '1,200 images',
    ]);
  });

  it('lets no control character of a name through, and shortens long ones', () => {
    expect(plain('a\u001b[31mb\nc\u202ed')).toBe('a\ufffd[31mb\ufffdc\ufffdd');
    expect(plain('x'.repeat(300), 10)).toBe(`${'x'.repeat(9)}…`);
    expect(plainPath('/a/long/way/to/picture.png', 12)).toBe('…picture.png');
    expect(plain('<script>"é😀')).toBe('<script>"é😀');
  });

  it('aligns columns by what they take in a terminal', () => {
    const lines = table(
      [{ title: 'class' }, { title: 'images', align: 'right' }],
      [
        ['rose', '7'],
        ['花', '1,234'],
        ['😀😀😀', '5'],
      ],
    );
    expect(lines).toEqual(['class   images', 'rose         7', '花       1,234', '😀😀😀       5']);
    expect(new Set(lines.map(width)).size).toBe(1);
  });

  it('makes a table of no rows', () => {
    expect(table([{ title: 'a' }, { title: 'b' }], [])).toEqual(['a  b']);
  });
});
