/** @file Whether what came is what a signature takes, and what is asked for is what it gives. */
import { PictorError, type TensorValue } from '../../contracts/index.ts';
import { product, reshaped } from '../tensors.ts';
import type { RowRule, ServedTensor, SignaturePlan } from './served.ts';

/**
 * Names of the outputs that are wanted, in the order of the signature.
 * @throws `output_not_found` (details `output`, `available`), `output_duplicate` (details `output`)
 */
export function checkOutputs({ name, served: { outputs } }: SignaturePlan, wanted?: readonly string[]): string[] {
  const available = Object.keys(outputs);
  if (!wanted || wanted.length === 0) return available;
  for (const [index, output] of wanted.entries()) {
    if (!Object.hasOwn(outputs, output)) {
      throw new PictorError(
        'output_not_found',
        `Signature "${name}" has no output ${JSON.stringify(output)}; it has ${available.join(', ')}.`,
        { details: { signature: name, output, available } },
      );
    }
    if (wanted.indexOf(output) === index) continue;
    throw new PictorError('output_duplicate', `The output ${JSON.stringify(output)} is asked for twice.`, {
      details: { signature: name, output },
    });
  }
  return available.filter((output) => wanted.includes(output));
}

/** @throws `inputs_mismatch` (details `sent`, `expected`, `extra`, `missing`) */
export function checkInputNames(
  { name, served: { inputs } }: SignaturePlan,
  given: ReadonlyMap<string, unknown>,
): void {
  const expected = Object.keys(inputs);
  const sent = [...given.keys()];
  const extra = sent.filter((alias) => !Object.hasOwn(inputs, alias));
  const missing = expected.filter((alias) => !given.has(alias));
  if (extra.length === 0 && missing.length === 0) return;
  throw new PictorError('inputs_mismatch', `Signature "${name}" takes ${list(expected)}, and ${list(sent)} came.`, {
    details: { signature: name, sent, expected, extra, missing },
  });
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.map((name) => JSON.stringify(name.slice(0, 100))).join(', ');
}

export interface CheckedTensor {
  readonly tensor: TensorValue;
  /** How it was sent, when that is another shape than the signature's; outputs with one number for each of its numbers get it. */
  readonly sent: readonly number[] | null;
}

/**
 * @param rows with `single`, more rows than one are fine: they are run one by one
 * @throws `input_dtype_mismatch` (details `input`, `expected`, `got`), `input_shape_mismatch` (the same, shapes as lists)
 */
export function checkTensor(
  signature: string,
  alias: string,
  { dtype, shape }: ServedTensor,
  given: TensorValue,
  rows: RowRule,
): CheckedTensor {
  if (given.dtype !== dtype) {
    throw new PictorError(
      'input_dtype_mismatch',
      `Input "${alias}" of signature "${signature}" takes ${dtype}, and ${given.dtype} came.`,
      { details: { signature, input: alias, expected: dtype, got: given.dtype } },
    );
  }
  const count = product(given.shape);
  if (given.data.length !== count || given.shape.some((size) => !Number.isInteger(size) || size < 0)) {
    throw shapeMismatch(signature, alias, given, shape, `it has ${given.data.length} elements`);
  }
  // TensorFlow writes no sizes both for a scalar and where it was told none, and computes with whatever comes.
  if (shape === null || shape.length === 0) return { tensor: given, sent: null };
  const expected = rows === 'single' ? [-1, ...shape.slice(1)] : shape;
  if (fits(given.shape, expected)) return { tensor: given, sent: null };
  // One text may come without a list around it, or as rows of one.
  if (dtype === 'DT_STRING' && expected.length === 1 && expected[0] === -1) {
    if (given.shape.slice(1).every((size) => size === 1)) return { tensor: reshaped(given, [count]), sent: null };
  }
  // TensorFlow computes with whatever comes: where one number a row is described, numbers are taken in lists of any kind.
  if (dtype !== 'DT_STRING' && count > 0 && expected.slice(1).every((size) => size === 1)) {
    const rowsOfOne = expected.map((size, index) => (index === 0 && size === -1 ? count : size));
    if (product(rowsOfOne) === count) return { tensor: reshaped(given, rowsOfOne), sent: given.shape };
  }
  throw shapeMismatch(signature, alias, given, shape, null);
}

function fits(shape: readonly number[], expected: readonly number[]): boolean {
  return shape.length === expected.length && expected.every((size, i) => size === -1 || size === shape[i]);
}

function shapeMismatch(
  signature: string,
  alias: string,
  { shape: got }: TensorValue,
  expected: readonly number[] | null,
  more: string | null,
): PictorError {
  const takes = expected === null ? 'any shape' : `[${expected}]`;
  return new PictorError(
    'input_shape_mismatch',
    `Input "${alias}" of signature "${signature}" takes ${takes}, and [${got}] came${more ? `, but ${more}` : ''}.`,
    { details: { signature, input: alias, expected, got } },
  );
}
