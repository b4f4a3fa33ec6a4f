/** @file Shapes that requests tell, checked before anything of their size is made. */

/** As TensorFlow. */
const MAX_RANK = 254;
/** Of one tensor. A few bytes can promise any number: a value may stand for all that follow. */
export const MAX_TENSOR_BYTES = 1024 * 1024 * 1024;

/** A shape that cannot be; the text says why, to go behind the tensor's name. */
export class ShapeError extends Error {}

/**
 * @param sizes of every dimension, as they came
 * @param bytesPerElement for the bound of the whole
 * @returns shape and number of elements
 * @throws ShapeError
 */
export function checkedShape(
  sizes: readonly (bigint | number)[],
  bytesPerElement: number,
): { readonly shape: readonly number[]; readonly count: number } {
  const told = () => `shape [${sizes.slice(0, 16).join(',')}${sizes.length > 16 ? ',…' : ''}]`;
  if (sizes.length > MAX_RANK) throw new ShapeError(`a shape of ${sizes.length} dimensions, more than ${MAX_RANK}`);
  let count = 1;
  for (const size of sizes) {
    if (size < 0) throw new ShapeError(`${told()} has a negative size`);
    count *= Number(size);
  }
  if (sizes.some((size) => Number(size) > Number.MAX_SAFE_INTEGER) || count * bytesPerElement > MAX_TENSOR_BYTES) {
    throw new ShapeError(`${told()} is more than ${MAX_TENSOR_BYTES / 1024 / 1024} MiB`);
  }
  return { shape: sizes.map(Number), count };
}
