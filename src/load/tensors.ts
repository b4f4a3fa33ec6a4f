/** @file Numbers to ask a model about: seeded, whole, 0..255, in the type that it takes. */
import { PictorError, RandomGenerator } from '../contracts/index.ts';

/** Types that rows of numbers are made of, with their names in both protocols. */
const TYPES = {
  DT_FLOAT: { v2: 'FP32', array: Float32Array },
  DT_DOUBLE: { v2: 'FP64', array: Float64Array },
  DT_UINT8: { v2: 'UINT8', array: Uint8Array },
  DT_INT32: { v2: 'INT32', array: Int32Array },
} as const;
type NumberType = keyof typeof TYPES;

export interface InputTensor {
  readonly name: string;
  /** TensorFlow's name. */
  readonly dtype: NumberType;
  /** Open Inference's. */
  readonly datatype: string;
  /** With the batch. */
  readonly shape: readonly number[];
  readonly numbers: ArrayLike<number>;
  readonly bytes: Uint8Array;
}

/** What a server says of an input. -1 is any size; null any shape. */
export interface DescribedInput {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[] | null;
}

/**
 * @param wanted shape of one row, where the server leaves it open
 * @throws `invalid_request` for types that hold no numbers, and open shapes
 */
export function makeInput(
  { name, dtype, shape }: DescribedInput,
  batch: number,
  wanted: readonly number[] | undefined,
): InputTensor {
  const type = numberType(dtype);
  if (!type) {
    throw new PictorError(
      'invalid_request',
      `The input "${name}" is of type ${dtype}; it cannot be given random numbers.`,
      {
        fix: 'Choose another --signature, or --protocol bytes for pictures.',
      },
    );
  }
  const row = wanted ?? shape?.slice(1);
  if (!row || row.some((size) => size < 1)) {
    throw new PictorError(
      'invalid_request',
      `The server does not tell the whole shape of "${name}": ${shape ? `[${shape}]` : 'any'}.`,
      {
        fix: 'Give the shape of one row with --shape, such as 28,28,1.',
      },
    );
  }
  // A model of single values has no dimension for a batch.
  const whole = shape?.length === 0 ? [] : [batch, ...row];
  const { array, v2 } = TYPES[type];
  const random = new RandomGenerator(1);
  const numbers = new array(whole.reduce((product, size) => product * size, 1));
  for (let i = 0; i < numbers.length; i++) numbers[i] = random.nextInteger(256);
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  return { name, dtype: type, datatype: v2, shape: whole, numbers, bytes };
}

function numberType(name: string): NumberType | undefined {
  const all = Object.keys(TYPES) as NumberType[];
  return all.find((type) => type === name || TYPES[type].v2 === name);
}

/** As JSON has tensors: lists in lists. */
export function nested(numbers: ArrayLike<number>, shape: readonly number[]): unknown {
  let level: unknown[] = Array.from(numbers);
  for (const size of shape.slice(1).reverse()) {
    level = Array.from({ length: level.length / size }, (_, index) => level.slice(index * size, (index + 1) * size));
  }
  return shape.length === 0 ? level[0] : level;
}
