/** @file Reads option values and arguments from text. A value that cannot be read is wrong usage. */
import { InvalidArgumentError } from 'commander';

export function wholeNumber(text: string): number {
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}

export function decimalNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('It must be a number.');
}

/** 0 lets the system choose a free one. */
export function port(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65535) return Number(text);
  throw new InvalidArgumentError('It must be a port, 0 to 65535.');
}

/** `HxW` in pixels; `×` is taken, too. */
export function imageSize(text: string): readonly [number, number] {
  const match = /^(\d{1,6})[x×](\d{1,6})$/i.exec(text.trim());
  if (match) return [Number(match[1]), Number(match[2])];
  throw new InvalidArgumentError('It must be HEIGHTxWIDTH in pixels, such as 28x28.');
}

export function channels(text: string): 1 | 3 {
  if (text === '1') return 1;
  if (text === '3') return 3;
  throw new InvalidArgumentError('It must be 1 (grey) or 3 (colour).');
}

export interface ModelReference {
  readonly name: string;
  /** Undefined: the newest. */
  readonly version: number | undefined;
}

/** `NAME` or `NAME:VERSION`. */
export function modelReference(text: string): ModelReference {
  const match = /^([^:]+)(?::(\d{1,15}))?$/.exec(text);
  if (match) return { name: match[1], version: match[2] === undefined ? undefined : Number(match[2]) };
  throw new InvalidArgumentError('It must be NAME or NAME:VERSION, such as digits or digits:2.');
}

/** Of a whole. */
export function share(text: string): number {
  const value = decimalNumber(text);
  if (value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('It must be 0 to 1.');
}

export function positiveNumber(text: string): number {
  const value = wholeNumber(text);
  if (value >= 1) return value;
  throw new InvalidArgumentError('It must be 1 or more.');
}
