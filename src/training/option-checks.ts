/** @file Checks of a request's options, with errors that name the option, what was received and what was expected. */
import { PictorError } from '../contracts/index.ts';

export function whole(option: string, value: number | undefined, min: number, max: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= min && value <= max)) return;
  throw invalid(option, value, `a whole number from ${min} to ${max}`);
}

export function oneOf(option: string, value: string | undefined, values: readonly string[]): void {
  if (value === undefined || values.includes(value)) return;
  throw invalid(option, value, `one of ${values.join(', ')}`);
}

export function invalid(option: string, received: unknown, expected: string): PictorError {
  return new PictorError('training_option_invalid', `${option} is ${String(received)}; expected ${expected}.`, {
    details: { option },
  });
}
