/** @file Checks of layer arguments: networks come from users and from files, so nothing is taken on trust. */
import { ACTIVATIONS, INTERPOLATIONS, PADDINGS } from '../../contracts/index.ts';

/** What was expected of a value, or null when it is as expected. */
export type ArgumentCheck = (value: unknown) => string | null;

export interface ArgumentRule {
  readonly required: boolean;
  readonly check: ArgumentCheck;
}

export function required(check: ArgumentCheck): ArgumentRule {
  return { required: true, check };
}

export function optional(check: ArgumentCheck): ArgumentRule {
  return { required: false, check };
}

export const positiveInteger: ArgumentCheck = (value) =>
  isPositiveInteger(value) ? null : 'a whole number of 1 or more';

/** A number or a pair: `pairOf` makes both a pair. */
export const positiveSize: ArgumentCheck = (value) =>
  isPositiveInteger(value) || isPairOf(value, isPositiveInteger) ? null : 'a whole number of 1 or more, or two of them';

/** A number, a pair, or a pair of pairs: `edgesOf` makes all `[top, left, bottom, right]`. */
export const edges: ArgumentCheck = (value) =>
  isPixelCount(value) || isPairOf(value, isPixelCount) || isPairOf(value, (pair) => isPairOf(pair, isPixelCount))
    ? null
    : 'a whole number of 0 or more, two of them, or [[top, bottom], [left, right]]';

export const wholeNumber: ArgumentCheck = (value) => (Number.isInteger(value) ? null : 'a whole number');

/** As `positiveSize`, with 0. */
export const pixelCounts: ArgumentCheck = (value) =>
  isPixelCount(value) || isPairOf(value, isPixelCount) ? null : 'a whole number of 0 or more, or two of them';

export const finiteNumber: ArgumentCheck = (value) => (Number.isFinite(value) ? null : 'a finite number');

export const positiveNumber: ArgumentCheck = (value) =>
  Number.isFinite(value) && (value as number) > 0 ? null : 'a number above 0';

export const notNegative: ArgumentCheck = (value) =>
  Number.isFinite(value) && (value as number) >= 0 ? null : 'a number of 0 or more';

/** One number, or one for each channel. */
export const numberOrNumbers: ArgumentCheck = (value) =>
  Number.isFinite(value) || isListOf(value, Number.isFinite) ? null : 'a finite number, or a list of them';

/** Axes after the batch are counted from 1. */
export const axisNumbers: ArgumentCheck = (value) =>
  isListOf(value, isPositiveInteger) ? null : 'a list of axes, counted from 1';

export const shareOfOne: ArgumentCheck = (value) =>
  typeof value === 'number' && value >= 0 && value <= 1 ? null : 'a number from 0 to 1';

/** A dropout of 1 would leave nothing. */
export const rateBelowOne: ArgumentCheck = (value) =>
  typeof value === 'number' && value >= 0 && value < 1 ? null : 'a number from 0 up to, not including, 1';

export const flag: ArgumentCheck = (value) => (typeof value === 'boolean' ? null : 'true or false');

export const paddingName: ArgumentCheck = oneOf(PADDINGS);

export const interpolationName: ArgumentCheck = oneOf(INTERPOLATIONS);

const ACTIVATION_ARGUMENTS: Readonly<Record<string, Readonly<Record<string, ArgumentCheck>>>> = {
  relu: { maxValue: positiveNumber, negativeSlope: notNegative },
  leakyRelu: { negativeSlope: notNegative },
  elu: { alpha: notNegative },
  gelu: { approximate: flag },
};

/** A name, or `{ kind, … }` with the numbers that the kind has. */
export const activationName: ArgumentCheck = (value) => {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return oneOf(ACTIVATIONS)(value);
  const { kind, ...numbers } = value;
  if (typeof kind !== 'string' || !Object.hasOwn(ACTIVATION_ARGUMENTS, kind)) {
    return `a kind of ${Object.keys(ACTIVATION_ARGUMENTS).join(', ')}, or the name of an activation`;
  }
  const known = ACTIVATION_ARGUMENTS[kind];
  for (const [name, number] of Object.entries(numbers)) {
    if (!Object.hasOwn(known, name)) return `${kind} with no more than ${Object.keys(known).join(', ')}`;
    const expected = number === undefined ? null : known[name](number);
    if (expected) return `${name} as ${expected}`;
  }
  return null;
};

export function oneOf(names: readonly string[]): ArgumentCheck {
  return (value) => (typeof value === 'string' && names.includes(value) ? null : `one of ${names.join(', ')}`);
}

function isPositiveInteger(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1;
}

function isListOf(value: unknown, check: (part: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length >= 1 && value.every(check);
}

function isPixelCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

function isPairOf(value: unknown, check: (part: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length === 2 && value.every(check);
}
