/** @file Which tensors of a file become which parameters of a network, and what to say when they do not. */
import { PictorError, type WeightTensor } from '../contracts/index.ts';

/** What a file gave to a network. */
export interface LoadedWeights {
  /** By the network's names, in its layout. */
  readonly weights: ReadonlyMap<string, WeightTensor>;
  /** Parameters of the head that the file has not, or for another number of classes: they keep their first weights. */
  readonly fresh: readonly string[];
  /** Layers of the file's own head, which the network has not. */
  readonly unused: readonly string[];
}

/** A tensor that is not as expected. Shapes are as the file's format has them. */
export interface WeightDifference {
  readonly name: string;
  /** Null: there is no such tensor in the network. */
  readonly expected: readonly number[] | null;
  /** Null: there is no such tensor in the file. */
  readonly found: readonly number[] | null;
}

const SHOWN = 10;

/**
 * @param network what was to be filled, for the message
 * @param file what it was to be filled from, for the message
 * @returns an error that lists the first ten differences
 */
export function weightsMismatch(network: string, file: string, differences: readonly WeightDifference[]): PictorError {
  const missing = differences.filter(({ found }) => found === null);
  const unexpected = differences.filter(({ expected }) => expected === null);
  const reshaped = differences.filter(({ found, expected }) => found !== null && expected !== null);
  const counts = [
    count(missing.length, 'missing'),
    count(unexpected.length, 'unexpected'),
    count(reshaped.length, 'of another shape'),
  ].filter((text) => text !== '');
  const first = [...reshaped, ...missing, ...unexpected].slice(0, SHOWN);
  const more = differences.length > SHOWN ? `; and ${differences.length - SHOWN} more` : '';
  return new PictorError(
    'weights_mismatch',
    `${file} holds the weights of another architecture than ${network}: ${counts.join(', ')}. ` +
      `${first.map(describe).join('; ')}${more}.`,
    { details: { missing: missing.length, unexpected: unexpected.length, reshaped: reshaped.length, first } },
  );
}

function count(number: number, what: string): string {
  return number === 0 ? '' : `${number} ${what}`;
}

function describe({ name, expected, found }: WeightDifference): string {
  if (found === null) return `${name} [${expected?.join(', ')}] is missing`;
  if (expected === null) return `${name} [${found.join(', ')}] is unexpected`;
  return `${name} has shape [${found.join(', ')}] instead of [${expected.join(', ')}]`;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((side, axis) => side === b[axis]);
}
