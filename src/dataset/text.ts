/** @file Order and cleaning of names. */

/** By code point, as Python and UTF-8 order text; JavaScript's own order differs beyond the basic plane. */
export function compareCodePoints(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above every other UTF-16 unit. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/**
 * A class name as it is shown and stored one per line: composed Unicode form, with line breaks, control characters and
 * direction overrides replaced by U+FFFD. Everything else (quotes, tags, emoji, any length) stays.
 */
export function cleanClassName(name: string): string {
  return name.normalize('NFC').replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
