/** @file Seeded damage to bytes, texts and JSON. */
import type { RandomGenerator } from '../../../src/contracts/index.ts';

export type Random = RandomGenerator;

export function below(random: Random, count: number): number {
  return Math.min(count - 1, Math.floor(random.nextFloat() * count));
}

export function pick<T>(random: Random, from: readonly T[]): T {
  return from[below(random, from.length)];
}

/** One to four changes: bits, cuts, copies, insertions, extremes. */
export function damageBytes(random: Random, bytes: Uint8Array): Uint8Array {
  let result: Uint8Array = Uint8Array.from(bytes);
  for (let changes = 1 + below(random, 4); changes > 0; changes--) result = damageOnce(random, result);
  return result;
}

function damageOnce(random: Random, bytes: Uint8Array): Uint8Array {
  const at = below(random, bytes.length + 1);
  const end = Math.min(bytes.length, at + 1 + below(random, 16));
  const [head, part, tail] = [bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)];
  const noise = Uint8Array.from({ length: 1 + below(random, 8) }, () => below(random, 256));
  switch (below(random, 7)) {
    case 0:
      return joined(
        head,
        part.map((byte) => byte ^ (1 << below(random, 8))),
        tail,
      );
    case 1:
      return head;
    case 2:
      return joined(head, tail);
    case 3:
      return joined(head, part, part, tail);
    case 4:
      return joined(head, noise, part, tail);
    case 5:
      // A varint or a length that promises much.
      return joined(head, Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f), tail);
    default:
      return joined(head, part.fill(pick(random, [0, 0x7f, 0x80, 0xff])), tail);
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

const ODD_TEXTS = [
  '',
  '__proto__',
  'constructor',
  'toString',
  '\u0000',
  '\ud800',
  '🖼',
  'a'.repeat(3000),
  '../..',
  '%',
  '{"b64":""}',
];
const ODD_NUMBERS = [0, -0, -1, 0.5, 1e308, -1e308, 2 ** 31, 2 ** 53, 2 ** 53 + 2, 1e-320, 255, 256];

/** Any JSON, of a few levels. */
export function anyJson(random: Random, depth = 3): unknown {
  switch (below(random, depth > 0 ? 8 : 6)) {
    case 0:
      return null;
    case 1:
      return random.nextFloat() < 0.5;
    case 2:
      return pick(random, ODD_NUMBERS);
    case 3:
      return pick(random, ODD_TEXTS);
    case 4:
      return [];
    case 5:
      return { b64: pick(random, ['', 'AA==', 'A', '!', 'iVBORw0KGgo=']) };
    case 6:
      return Array.from({ length: below(random, 4) }, () => anyJson(random, depth - 1));
    default:
      return Object.fromEntries(
        Array.from({ length: below(random, 4) }, () => [pick(random, ODD_TEXTS), anyJson(random, depth - 1)]),
      );
  }
}

/** Exchanges, removes, repeats or adds something somewhere in it. */
export function damageJson(random: Random, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || random.nextFloat() < 0.2) return anyJson(random);
  if (Array.isArray(value)) {
    if (value.length === 0) return [anyJson(random)];
    const at = below(random, value.length);
    switch (below(random, 4)) {
      case 0:
        return value.filter((_, index) => index !== at);
      case 1:
        return [...value, value[at]];
      default:
        return value.map((item, index) => (index === at ? damageJson(random, item) : item));
    }
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return { [pick(random, ODD_TEXTS)]: anyJson(random) };
  const at = below(random, entries.length);
  switch (below(random, 5)) {
    case 0:
      return Object.fromEntries(entries.filter((_, index) => index !== at));
    case 1:
      return Object.fromEntries(
        entries.map(([key, item], index) => [index === at ? pick(random, ODD_TEXTS) : key, item]),
      );
    default:
      return Object.fromEntries(
        entries.map(([key, item], index) => [key, index === at ? damageJson(random, item) : item]),
      );
  }
}

const PATH_PIECES = [
  '/',
  '//',
  ':',
  '%',
  '%2F',
  '%ff',
  '%00',
  '?',
  '?x=1',
  '#',
  '..',
  ';',
  '\\',
  '[',
  ' x',
  '9'.repeat(25),
  '-1',
  'é',
];

/** As a client may write it, with what no client should. Spaces and the like are escaped: they end a request's line. */
export function damagePath(random: Random, path: string): string {
  const at = 1 + below(random, path.length);
  const end = Math.min(path.length, at + below(random, 6));
  const piece = pick(random, PATH_PIECES);
  const damaged = pick(random, [
    path.slice(0, at) + piece + path.slice(at),
    path.slice(0, at) + path.slice(end),
    path.slice(0, at) + piece + path.slice(end),
    path.slice(0, at) + path.slice(at, end).toUpperCase() + path.slice(end),
    path + piece,
  ]);
  return damaged.replace(/[^\x21-\x7e]/g, (character) => encodeURIComponent(character));
}
