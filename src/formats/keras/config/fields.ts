/** @file Looks into JSON that anybody may have written: every field may be missing or of another type. */
import { PictorError } from '../../../contracts/index.ts';

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @returns an empty object when it is none */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/** @returns an empty list when it is none */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** The named field as text. @throws `model_file_invalid` */
export function requiredText(fields: Fields, key: string, what: string): string {
  const value = fields[key];
  if (typeof value === 'string' && value !== '') return value;
  throw badConfig(`${what} has no ${key}`);
}

/** A description of layers that Keras would not have written. */
export function badConfig(problem: string): PictorError {
  return new PictorError('model_file_invalid', `The model's description cannot be read: ${problem}.`, {
    fix: 'Save the model again with model.save(…) of Keras.',
  });
}

/** For messages. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}
